# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# page.sh - a page is what stories ask each other for; after e2e.sh.

# page ADDRESS PORT [COMMAND...] - the last line of what a server there says, asked by COMMAND...;
# nothing within $page_time seconds (3) is nothing
# shellcheck disable=SC2016 # of the shell in there
page_script='exec 3<>"/dev/tcp/$0/$1" && printf "GET / HTTP/1.0\r\n\r\n" >&3 && tail -n 1 <&3'
page() {
	page_address=$1 page_port=$2
	shift 2
	"$@" timeout "${page_time:-3}" bash -c "$page_script" "$page_address" "$page_port" 2>/dev/null
}
