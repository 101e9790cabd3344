#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lint.sh format: the tree looks as .clang-format says. lint.sh cppcheck: nothing found.
# Exit status 77: cannot tell here.

cd "$(dirname "$0")/.." || exit 1

# Releases of clang-format differ in details: the tree keeps to this one.
FORMAT_RELEASE=14

format()
{
	local tool
	tool=$(command -v clang-format-$FORMAT_RELEASE || command -v clang-format) || exit 77
	case $("$tool" --version) in
	*"version $FORMAT_RELEASE."*) ;;
	*) echo "clang-format $FORMAT_RELEASE is not here: not checked"; exit 77 ;;
	esac
	git ls-files '*.c' '*.h' | xargs "$tool" --dry-run -Werror
}

# The payload of the guest lies between symbols of the assembler: their differences are meant.
find_bugs()
{
	cppcheck --enable=warning,performance,portability --inline-suppr --std=c11 --quiet \
		--error-exitcode=1 -I include -I src --suppress=missingIncludeSystem \
		--suppress=comparePointers --suppress=subtractPointers \
		--suppress=normalCheckLevelMaxBranches \
		src tests/lab/guest tests/lab/bpfcount.c
}

case ${1-} in
format) format ;;
cppcheck) find_bugs ;;
*) echo "usage: lint.sh format|cppcheck" >&2; exit 2 ;;
esac
