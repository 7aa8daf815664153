
# The file that schedulers of virtual machines read; the last writer wins.
leave() { # code and text
	say "$1"
	printf '%s\n' "$1" >"$message.${number-0}"
	mv "$message.${number-0}" "$message"
}

last_word() {
	leave "100 Shutdown as requested by the host"
}

beat() {
	while :; do
		read -r one five fifteen rest </proc/loadavg
		read -r up unused </proc/uptime
		echo "$one $five $fifteen $up $unused" >"$heartbeat.new"
		mv "$heartbeat.new" "$heartbeat"
		sleep "$period"
	done
}

# The account of a slot, with its own copies of the credential and of what it runs.
account() { # user
	id "$1" >/dev/null 2>&1 || useradd -m -d "$base/$1" -s /bin/sh "$1" || return 1
	home=$(getent passwd "$1" | cut -d: -f6)
	group=$(id -g "$1")
	[ -d "$home" ] || install -d -o "$1" -g "$group" "$home" || return 1
	chmod 0700 "$home"
	install -T -m 0600 -o "$1" -g "$group" "$work.pem" "$run/$1.pem"
	install -T -m 0400 -o "$1" -g "$group" "$work.main" "$run/$1.main"
}

# Why a pilot ended: what it left in a file, else the last line of its output that tells.
verdict() { # user, exit code
	found=$(awk '
		/JobAgent will stop with message "No time left for slot/ { found = "100 No time left for slot" }
		/JobAgent will stop with message "Filling Mode is Disabled/ { found = "200 Filling Mode is Disabled" }
		/Cycle was successful/ { found = "200 Success" }
		/JobAgent will stop with message "Nothing to do for more than|Job request OK: No match found/ { found = "300 Nothing to do" }
		/Error while handshaking .*Remote certificate hasn/ { found = "500 Certificate or proxy not acceptable" }
		/Pilot version does not match the production version/ { found = "600 Cannot match jobs with this pilot version" }
		match($0, /JobAgent will stop with message "(Job Rescheduled|Matcher Failed|JDL Problem|Payload Proxy Not Found|Problem Rescheduling Job|Payload execution failed)/) {
			found = "600 " substr($0, RSTART + 33, RLENGTH - 33)
		}
		END { print found }')
	left=$(as_user "$1" head -n 1 shutdown_message 2>/dev/null | tr -cd '[:print:]' | cut -c 1-200)
	case $left in
	[1-7][0-9][0-9]\ *) found=$left ;;
	esac
	echo "${found:-700 Failed, the pilot ended with exit $2}"
}

slot() { # number
	own=$user$1
	log=/var/log/contextc/pilot-$1.log
	if ! account "$own" || ! cd "$home"; then
		leave "500 There is no account $own"
		return
	fi
	while :; do
		open_log "$log" "$own"
		from=$(wc -c <"$log")
		as_user "$own" rm -f shutdown_message
		as_user "$own" env SLOT="$1" VM_UUID="$id" /bin/sh -e "$run/$own.main"
		code=$?
		why=$(tail -c +$((from + 1)) "$log" | verdict "$own" $code)
		leave "$why"
		[ "$idle" ] && return
		case $why in
		2*) sleep 10 ;;
		*) sleep 600 ;;
		esac
	done
}

begin
mkdir -p "${message%/*}" "${heartbeat%/*}" "$base" "$run"
chmod 0755 "$run"
beat &
beating=$!
# What the block could not do at the first boot.
if [ -s "$work.fault" ]; then
	leave "500 $(head -n 1 "$work.fault" | cut -c 1-200)"
elif ! wait_for_needs; then
	leave "500 Not there: $what"
elif [ "$closing" ] && ! "$closing"; then
	leave "500 The metadata address cannot be closed"
else
	leave "700 The machine ended before its pilots did"
	pids=
	for number in $(seq -w 01 "${slots:-$(nproc)}"); do
		slot "$number" &
		pids="$pids $!"
	done
	wait $pids
fi
say "the pilots have ended: $(cat "$message")"
kill $beating
[ "$when_done" = poweroff ] && power_off
exit 0
