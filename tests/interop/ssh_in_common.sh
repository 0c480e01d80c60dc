#!/bin/sh
# OpenSSH's client for its own scripts when our server takes the place of theirs: `ssh -Q X` answers with what both sides have - the scripts
# try everything that it lists - and everything else is OpenSSH's ssh. SSHOAL_LISTER is a program of ours with the same -Q.
ssh=${SSHOAL_REAL_SSH:-/usr/bin/ssh}
query= previous=
for word in "$@"; do # the scripts put an option for the log before it
    [ "$previous" = -Q ] && query=$word
    previous=$word
done
case $query in
    cipher | cipher-auth | mac | kex) ;;
    *) exec "$ssh" "$@" ;;
esac
theirs=$("$ssh" -Q "$query") || exit
ours=$("${SSHOAL_LISTER:?}" -Q "$query") || exit
found=
for name in $theirs; do
    case "
$ours
" in
        *"
$name
"*)
            echo "$name"
            found=yes
            ;;
    esac
done
[ -n "$found" ] # nothing in common is no reason to pass
