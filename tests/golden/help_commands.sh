# Each command in the order of `ncrun help`, groups with theirs; node has a file of its own.
list() {
	ncrun help "$@" | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}
for command in $(list); do
	[ "$command" != node ] || continue
	echo "==== $command"
	ncrun help "$command"
	for child in $(list "$command"); do
		echo "==== $command $child"
		ncrun help "$command" "$child"
	done
done
