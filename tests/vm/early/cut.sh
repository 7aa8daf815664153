# One program says on the third serial port when it begins and ends; where that matches PATTERN
# it then waits, so that a power cut falls exactly there. Nothing of this outlasts the boot.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
shims=/opt/shims

say_when_marked() {
    # The name has had a suffix, and has none since 25.1.
    until ls /var/lib/cloud/instance/sem/consume_data* >/dev/null 2>&1; do sleep 0.1; done
    echo "marked" > /dev/ttyS2
}

shim() {
    target=$(readlink -f "$(command -v "$1")")
    file=${target##*/}
    mkdir -p $shims
    mount -t tmpfs -o exec tmpfs $shims
    cp -a "$target" "$shims/$file"
    # A program of many names (lvm) hears its name as its first word.
    cat > "$shims/shim" <<END
#!/bin/sh
name=\${0##*/}
run() { if [ "\$name" = "$file" ]; then $shims/$file "\$@"; else $shims/$file "\$name" "\$@"; fi; }
say() {
    echo "\$*" > /dev/ttyS2
    case "\$*" in *"@PATTERN@"*) sleep @PAUSE@ ;; esac
}
if [ "\$name" != "$1" ]; then run "\$@"; exit; fi
case "@PATTERN@" in within*) python3 $shims/halve $shims/$file "\$@" ;; esac
say "before \$name \$*"
run "\$@"
code=\$?
say "after \$name \$*"
exit \$code
END
    cat > "$shims/halve" <<'END'
# Begins a program and stops it for good where the disk, its last word, has the beginning of a filesystem and no more.
import ctypes, os, sys, time
TRACEME, SYSCALL = 0, 24
ptrace = ctypes.CDLL(None).ptrace
child = os.fork()
if not child:
    ptrace(TRACEME, 0, None, None)
    os.execv(sys.argv[1], sys.argv[1:])
disk = os.open(sys.argv[-1], os.O_RDONLY)
while os.WIFSTOPPED(os.waitpid(child, 0)[1]) and os.pread(disk, 4, 0) != b"XFSB":
    ptrace(SYSCALL, child, None, None)
os.fsync(disk)
with open("/dev/ttyS2", "w") as trace:
    trace.write("within %s\n" % " ".join(sys.argv))
time.sleep(@PAUSE@)
END
    chmod 755 "$shims/shim"
    mount --bind "$shims/shim" "$target"
}

[ -z "@PROGRAM@" ] || shim "@PROGRAM@"
case "@PATTERN@" in
    marked) say_when_marked & ;;
    "script begins") touch /run/slow-script ;;
esac
