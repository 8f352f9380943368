# What people get wrong, and what they are told.
try() {
	echo "\$ ncrun $*"
	ncrun "$@"
	echo "exit code $?"
}
try
try nide
try --sate /x list
try --state
try rootfs
try rootfs lst
try seccomp shwo
try stop
try list web
try lsit
try node
try node --rootfs
try node --rotfs x
try node --rootfs x --upper-size 64Q
try node --rootfs x --timeout soon
try node --rootfs x --userns maybe
try node --rootfs x --service web
try node --rootfs x --volume /a
try node --rootfs x --volume /a:b
try node --rootfs x --tmpfs /t:size=big
try node --rootfs x --rlimit files=3
try node --rootfs x --restart often
try node --rootfs x -t --no-terminal
try node --rootfs x --detach --exit-file f
try exec web
try kill -s FOO web
try logs --since later web
try cp a b
try cp web:a b
try help nide
try help --man node
try completion csh
try seccomp show --bpf-file f --json
