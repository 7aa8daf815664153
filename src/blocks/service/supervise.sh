PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
umask 022
state=/var/lib/contextc/$name
id=$(cat /var/lib/cloud/data/instance-id)
over=

say() {
	echo "$*"
}

# Groups by their numbers: the setpriv of Red Hat 7 cannot look them up itself.
as_user() { # user, words
	account=$1
	shift
	HOME=$(getent passwd "$account" | cut -d: -f6) USER=$account LOGNAME=$account SHELL=/bin/sh \
		setpriv --reuid "$(id -u "$account")" --regid "$(id -g "$account")" --groups "$(id -G "$account" | tr ' ' ,)" "$@" 9>&- </dev/null
}

# A log in our own directory is made for the user; any other he makes himself.
open_log() { # file, user
	case $1 in
	/var/log/contextc/*)
		: >>"$1"
		chown "$2:adm" "$1" 2>/dev/null || chown "$2" "$1"
		chmod 0640 "$1"
		;;
	esac
}

# What automount has put there is no mount yet: a look into it asks for the real one, and may wait for a server.
mounted() { # directory
	mountpoint -q "$1" && timeout 60 ls -A "$1" >/dev/null 2>&1 && ! awk -v at="$1" '$2 == at { kind = $3 } END { exit kind != "autofs" }' /proc/mounts
}

wait_for_needs() {
	since=$(date +%s)
	told=
	while missing; [ "$what" ]; do
		[ "$what" = "$told" ] || say "waits for $what"
		told=$what
		if [ "$patience" ] && [ $(($(date +%s) - since)) -ge "$patience" ]; then
			say "$what did not come within $patience s"
			return 1
		fi
		sleep 5
	done
}

# Not before cloud-init has ended, and the summary with it: it writes result.json last of all, and removes it when a boot begins.
power_off() { # what is done when nothing but the power is left to go
	over=1
	waited=0
	until [ -e /var/lib/cloud/data/result.json ] || [ $waited -ge 1800 ]; do
		sleep 5
		waited=$((waited + 5))
	done
	say "powers the machine off"
	"$@"
	sync
	systemctl --no-block poweroff || poweroff
	sleep 300
	poweroff -f
}

stopped() {
	trap '' TERM
	[ "$over" ] || last_word
	kill 0
	exit 143
}

last_word() {
	:
}

# Once, and on this machine only: its disk may have been another's, with another task.
begin() {
	[ "$(cat "$state.instance")" = "$id" ] || exit 0
	exec 9>"$state.lock"
	flock -n 9 || exit 0
	trap stopped TERM INT
}
