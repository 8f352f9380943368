# Networks as pictures and as files.
unset ALPINE
try() {
	echo "\$ ncrun $*"
	ncrun "$@"
	code=$?
	[ $code -eq 0 ] || echo "exit code $code"
}
NCRUN_STATE=$(mktemp -d)
export NCRUN_STATE
for name in two-hosts switch router nat firewall netem; do try graph examples/$name.yaml; done
try graph --format dot examples/nat.yaml
try graph --json examples/two-hosts.yaml
try export examples/netem.yaml
try export --full examples/router.yaml
try export --format dot examples/switch.yaml
try export --json examples/two-hosts.yaml
try import examples/lab.clab.yml
try import examples/two-hosts.dot
try import --format dot examples/lab.clab.yml
try import --check examples/fat-tree.yaml
printf 'nodes: {a: {mty: 3}}\nlinks: [[a, b]]\n' | try import --check -
printf 'topology: {nodes: {a: {kind: srl, image: x}}}\n' | try import --from containerlab -
try import --from xml examples/nat.yaml
try graph --format png examples/nat.yaml
try graph nosuch
try export nosuch
try import nosuch
rmdir "$NCRUN_STATE"
