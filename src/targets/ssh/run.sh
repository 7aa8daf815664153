#!/bin/sh
# A context for one machine, made by contextc @VERSION@ (digest @DIGEST@). To be sent as often as is wanted:
#   ssh root@HOST 'sh -s' <THIS-FILE
# Exit code: 0 done, 1 the machine is not as it should be, 2 it could not be tried.
apply_context() {
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	if [ "$(id -u)" != 0 ]; then
		echo 'contextc: only root can do this; as a user who may: sudo sh -s <THIS-FILE' >&2
		exit 2
	fi
	found=
	for python in python3 python python2 /usr/libexec/platform-python; do
		if "$python" -c 'import sys; sys.exit(not (2, 7) <= sys.version_info[:2] < (3, 0) and sys.version_info < (3, 6))' </dev/null >/dev/null 2>&1; then
			found=$python
			break
		fi
	done
	if [ -z "$found" ]; then
		echo 'contextc: this machine has no Python (2.7, or 3.6 and later): install python3, or bake it into the image' >&2
		exit 2
	fi
	# The shell reads this text from where commands would read, too: each has something else to read.
	env -i PATH="$PATH" HOME=/root LOGNAME=root USER=root SHELL=/bin/sh "$found" -c '@LOADER@' <<'@END@'
@PAYLOAD@
@END@
	exit $?
}
# Last, and whole or not at all: of a file that was cut short nothing is done.
{ apply_context; exit 2; }
