
run() { # which text
	open_log "$log" "$user"
	as_user "$user" /bin/sh -e "$work.$1" &
	wait $!
}

# The mark that it is done holds for this machine and this text of the pipeline. It says what is still to follow.
mark() { # what follows, exit code
	printf '%s\n' "$id $key" "$1" "exit $2" >"$state.done.new"
	sync
	mv "$state.done.new" "$state.done"
	sync
}

# A machine that goes down in the middle comes back to it at the next boot, but for the power: what we switched off stays on then.
follow() { # what, exit code
	after=$1
	if [ "$after" = failed ]; then
		CONTEXTC_EXIT=$2
		export CONTEXTC_EXIT
		if [ -e "$work.failed" ]; then
			run failed
			[ $? -gt 128 ] && sleep 2
		fi
		after=$when_failed
		mark "$after" "$2"
	fi
	[ "$after" = poweroff ] && power_off mark nothing "$2"
	exit "$2"
}

finish() { # exit code
	say "ended, exit $1"
	[ "$key" ] || exit "$1"
	after=failed
	[ "$1" = 0 ] && after=$when_done
	mark "$after" "$1"
	follow "$after" "$1"
}

begin
if [ "$key" ] && [ "$(head -n 1 "$state.done" 2>/dev/null)" = "$id $key" ]; then
	ended=$(tail -n 1 "$state.done")
	say "done at an earlier boot, $ended"
	after=$(sed -n 2p "$state.done")
	case $after in
	failed | poweroff) follow "$after" "${ended#exit }" ;;
	esac
	exit 0
fi
tries=0
while :; do
	wait_for_needs || finish 75
	run main
	code=$?
	# A shutdown ends it by a signal: then ours is on its way, and nothing is marked.
	[ $code -gt 128 ] && sleep 2
	[ $code = 0 ] && finish 0
	[ "$restarts" ] && [ $tries -ge "$restarts" ] && finish $code
	tries=$((tries + 1))
	say "exit $code, again in 10 s"
	sleep 10
done
