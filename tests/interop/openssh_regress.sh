#!/bin/sh
# Runs one of OpenSSH's own regression scripts (Debian package openssh-tests) with one program swapped for ours:
#   openssh_regress.sh SCRIPT ROLE PROGRAM
# ROLE is client, server, sftp-server, sftp, scp, agent, add, keygen or keyscan; `stock` swaps nothing and needs no PROGRAM.
# SSHOAL_LISTER, for the role server: a program of ours whose -Q lists what we have. `ssh -Q` then answers with what both have, so that the
# scripts try all of that and nothing else.
# Status: 0 the script passed, 77 it was skipped, anything else it failed (then the logs' ends are printed).
set -u
if [ $# -lt 2 ]; then
    echo "usage: $0 SCRIPT ROLE PROGRAM" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
script=${1%.sh}
role=$2
program=${3:-}
case $program in
    '' | /*) ;;
    *) program=$(pwd)/$program ;; # Meson names what it builds relative to its folder
esac
seconds=${SSHOAL_REGRESS_SECONDS:-300}

regress=$(dpkg-query -L openssh-tests 2>/dev/null | grep '/test-exec\.sh$')
if [ -z "$regress" ]; then
    echo "SKIPPED: the package openssh-tests is not installed"
    exit 77
fi
regress=$(dirname "$regress")
if [ ! -f "$regress/$script.sh" ]; then
    echo "SKIPPED: openssh-tests has no script $script.sh"
    exit 77
fi

export TEST_SSH_SSH=/usr/bin/ssh TEST_SSH_SSHD=/usr/sbin/sshd TEST_SSH_SFTPSERVER=/usr/lib/openssh/sftp-server
case $role in
    stock) program=$TEST_SSH_SSH ;;
    client) TEST_SSH_SSH=$program ;;
    server)
        TEST_SSH_SSHD=$program
        if [ -n "${SSHOAL_LISTER:-}" ]; then
            case $SSHOAL_LISTER in
                /*) ;;
                *) SSHOAL_LISTER=$(pwd)/$SSHOAL_LISTER ;;
            esac
            export SSHOAL_LISTER SSHOAL_REAL_SSH="$TEST_SSH_SSH"
            TEST_SSH_SSH=$here/ssh_in_common.sh
        fi
        ;;
    sftp-server) TEST_SSH_SFTPSERVER=$program ;;
    sftp) export TEST_SSH_SFTP="$program" ;;
    scp) export TEST_SSH_SCP="$program" ;;
    agent) export TEST_SSH_SSHAGENT="$program" ;;
    add) export TEST_SSH_SSHADD="$program" ;;
    keygen) export TEST_SSH_SSHKEYGEN="$program" ;;
    keyscan) export TEST_SSH_SSHKEYSCAN="$program" ;;
    *) echo "$0: unknown role $role" >&2; exit 2 ;;
esac
case $program in
    /*) ;;
    *) echo "$0: the path of the program must be absolute" >&2; exit 2 ;;
esac
if [ ! -x "$program" ]; then
    echo "$0: cannot run $program" >&2
    exit 2
fi

# The distribution's sshd will not start without its folder, which a boot would have made.
if [ "$TEST_SSH_SSHD" = /usr/sbin/sshd ] && [ ! -d /run/sshd ]; then
    mkdir -m 755 /run/sshd 2>/dev/null || { echo "SKIPPED: /run/sshd does not exist and cannot be made"; exit 77; }
fi

# The scripts make Unix sockets below this folder: its path must stay short.
work=$(mktemp -d "${TMPDIR:-/tmp}/sshoal-regress.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM PIPE
chmod 755 "$work"
mkdir "$work/regress" "$work/home"
# The unit tests of OpenSSH's own libraries are most of the bytes and no part of the scripts.
(cd "$regress" && tar cf - --exclude=./unittests .) | (cd "$work/regress" && tar xf -)
cd "$work/regress" || exit 2
# Which ciphers to try is asked of `ssh -Q`, but for one that only some have. With our server only those without a MAC: ssh asks for
# a group that suits the longest of the keys, and without UMAC those of MACs are longer than the script expects of the cipher.
if [ "$script" = dhgex ]; then
    "$TEST_SSH_SSH" -Q cipher | grep -qx 3des-cbc || sed -i '/^check .* 3des-cbc/d' dhgex.sh
    [ -z "${SSHOAL_LISTER:-}" ] || sed -i 's/-Q cipher /-Q cipher-auth /' dhgex.sh
fi

# Our client gets a file also where the server refuses to say what it is: one that could be opened is there.
if [ "$script" = sftp-perm ] && [ "$role" = sftp ]; then
    sed -i '/^perm_test \\$/{N;/"lstat"/{:more;N;/\n$/!bmore;d}}' sftp-perm.sh
fi

# No certificate of a user is offered yet, so our client lists no algorithm for one.
[ "$script" != sshcfgparse ] || [ "$role" != client ] || sed -i '/^expect_result_present/s/ "ssh-ed25519-cert-v01\.\*"//' sshcfgparse.sh

# What sftp says is needed where it fails.
[ "$script" != sftp-cmds ] || sed -i 's|>/dev/null 2>&1|>>$OBJ/said.log 2>\&1|' sftp-cmds.sh

# A shell that sshd starts reads ~/.bashrc, unless it seems to be another shell's. What that file does is no part of a test, and some
# take a third of a second. envpass counts on its own SetEnv, and sshd heeds the first.
[ "$script" = envpass ] || export TEST_SSH_SSHD_CONFOPTS='SetEnv SHLVL=1'

# A port nobody uses now, below the range from which the kernel takes ports for outgoing connections.
port=$(python3 - <<'PY'
import os, random, socket
chooser = random.Random(os.getpid())
while True:
    port = chooser.randrange(20000, 32000)
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
PY
)
# Some scripts have ports of their own, which would be the same in each run.
sed -i "s/^\(fwdport\|LFWD_PORT\)=33[0-9]*$/\1=$((port + 1))/; s/^RFWD_PORT=33[0-9]*$/RFWD_PORT=$((port + 2))/; s/^base=33$/base=$((port / 100 + 1))/" \
    "$script.sh"
unset SSH_AUTH_SOCK SSH_AGENT_PID
env SUDO= TEST_SHELL=sh BUILDDIR="$PWD" OBJ="$PWD" TEST_SSH_UNSAFE_PERMISSIONS=1 TEST_SSH_PORT="$port" \
    python3 "$here/contained.py" "$seconds" sh test-exec.sh "$PWD" "$PWD/$script.sh" >"$work/output" 2>&1 </dev/null
status=$?

# A script that tried less than it should has shown nothing.
least=0
if [ -n "${SSHOAL_LISTER:-}" ]; then
    listed() { "$TEST_SSH_SSH" -Q "$1" | wc -l; }
    case $script in
        try-ciphers) least=$(($(listed cipher-auth) + ($(listed cipher) - $(listed cipher-auth)) * $(listed mac))) tried='^test .*: cipher ' ;;
        kextype) least=$(listed kex) tried='^kex ' ;;
    esac
fi
if [ "$least" -gt 0 ] && [ "$(grep -c "$tried" "$work/output")" -ne "$least" ]; then
    echo "FAILED: of $least rounds, $(grep -c "$tried" "$work/output") were tried" >>"$work/output"
fi

if grep -qi '^skipped' "$work/output"; then
    grep -i '^skipped' "$work/output"
    exit 77
fi
# Not always the last line: scp3.sh traces itself.
verdict=$(grep -a '^ok ' "$work/output" | tail -n 1)
if [ "$status" = 0 ] && [ -n "$verdict" ] && ! grep -aq '^FAILED: of ' "$work/output"; then
    [ "$least" -gt 0 ] && echo "$least rounds"
    echo "$verdict"
    exit 0
fi
[ "$status" = 124 ] && echo "the script was ended after $seconds s"
echo "---- $script with our $role: status $status; output:"
tail -n 40 "$work/output"
if [ -s said.log ]; then
    echo "---- what sftp said besides what it did:"
    grep -av '^sftp> \|^Fetching \|^Uploading ' said.log | uniq -c | tail -n 60
fi
for log in failed-regress.log failed-ssh.log failed-sshd.log ssh.log sshd.log; do
    if [ -s "$log" ]; then
        echo "---- end of $log:"
        tail -n "${SSHOAL_REGRESS_LOG_LINES:-40}" "$log"
    fi
done
exit 1
