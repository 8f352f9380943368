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
try help topology
try help --man node
try seccomp show --bpf-file f --json
try completion csh
try node -z
try node --detach=yes --rootfs x
try node --rootfs x --umask 1777
try node --rootfs x --oom-score-adj 2000
try node --rootfs x --time-offset 400000000d
try node --rootfs x --preserve-fd 5000
try node --rootfs x --stop-signal NOSUCH
try node --rootfs x --env =1
try node --rootfs x --label note
try node --rootfs x --sysctl net.ipv4.ip_forward
try node --rootfs x --upper u --upper-size 1M
try exec -t --no-terminal web true
try stop --grace soon web
try wait --timeout 10y web
try wait --timeout 0 web
try node --timeout 0 --rootfs x
try stats --interval 0s
try link up lab/web lab
try link rm lab
try logs --tail 0 web
try cp web:/a :/b
try rootfs import x
try rootfs import --max-path 5000 x y
try rootfs import --max-ratio 0 x y
try rootfs pull --timeout 0 alpine
try attach
try inspect --jsn web
