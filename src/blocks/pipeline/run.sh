
run() { # which text
	open_log "$log" "$user"
	as_user "$user" /bin/sh -e "$work.$1" &
	wait $!
}

# The mark that it is done holds for this machine and this text of the pipeline.
finish() { # exit code
	say "ended, exit $1"
	[ "$key" ] || exit "$1"
	printf '%s\nexit %s\n' "$id $key" "$1" >"$state.done.new"
	sync
	mv "$state.done.new" "$state.done"
	after=$when_done
	if [ "$1" != 0 ]; then
		after=$when_failed
		CONTEXTC_EXIT=$1
		export CONTEXTC_EXIT
		[ -e "$work.failed" ] && run failed
	fi
	[ "$after" = poweroff ] && power_off
	exit "$1"
}

begin
if [ "$key" ] && [ "$(head -n 1 "$state.done" 2>/dev/null)" = "$id $key" ]; then
	say "done at an earlier boot, $(tail -n 1 "$state.done")"
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
