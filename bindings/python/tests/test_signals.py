"""What loading the library does to signals: nothing but what include/posthog.h names."""

from __future__ import annotations

import signal
import subprocess
import sys

from conftest import StandIn, run_program, surroundings

# Handlers as the kernel has them. Python's own view, signal.getsignal, would not see a change behind its back. The
# layout is glibc's on 64-bit Linux: handler, mask of 1024 bits, of which the kernel has 64, flags.
ACTIONS = """
import ctypes, os, signal, sys, threading, time

class Action(ctypes.Structure):
    _fields_ = [
        ("handler", ctypes.c_void_p), ("mask", ctypes.c_uint64 * 16), ("flags", ctypes.c_int), ("rest", ctypes.c_void_p)
    ]

SA_ONSTACK = 0x08000000
libc = ctypes.CDLL(None)

names = {known.value: known.name for known in signal.Signals}

def actions():
    found = {}
    for number in signal.valid_signals():
        action = Action()
        assert libc.sigaction(number, None, ctypes.byref(action)) == 0
        found[names.get(number, str(number))] = (action.handler, action.flags, action.mask[0])
    return found

seen = []
for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGPROF, signal.SIGRTMIN):
    signal.signal(number, lambda number, _: seen.append(number))
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGWINCH])
python_handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
mask, before = signal.pthread_sigmask(signal.SIG_BLOCK, []), actions()

from libposthog import Posthog
posthog = Posthog(sys.argv[1], sys.argv[2])
posthog.capture("e", distinct_id="u")
posthog.flush()

after = actions()
print("handlers:", *sorted(name for name in before if before[name][0] != after[name][0]))
kept = [name for name in before if before[name][0] == after[name][0]]
print("flags:", *sorted({hex(before[name][1] ^ after[name][1]) for name in kept} - {"0x0"}))
print("masks:", *sorted(name for name in kept if before[name][2] != after[name][2]))
assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask
assert {number: signal.getsignal(number) for number in signal.valid_signals()} == python_handlers
"""


def test_loading_changes_what_the_header_lists_and_nothing_else(standin: StandIn) -> None:
    changed = run_program(ACTIONS, standin.token, standin.url).splitlines()
    assert changed[0] == "handlers: SIGBUS SIGFPE SIGPIPE SIGSEGV SIGURG"
    assert changed[1] in ("flags:", "flags: 0x8000000")  # SA_ONSTACK
    assert changed[2] == "masks:"


WORKING = ACTIONS + """
import socket
for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP, signal.SIGRTMIN):
    os.kill(os.getpid(), number)
assert seen == [signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP, signal.SIGRTMIN], seen
signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
until = time.process_time() + 0.2
while time.process_time() < until:
    posthog.capture("profiled", distinct_id="u", properties={"a": [1] * 50})
signal.setitimer(signal.ITIMER_PROF, 0)
assert seen.count(signal.SIGPROF) > 10
one, other = socket.socketpair()
other.close()
try:
    one.send(b"x")
except BrokenPipeError:
    print("broken pipe")
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR2)).start()
time.sleep(10)
"""


def test_signals_of_the_program_work_as_before(standin: StandIn) -> None:
    """Handlers run, a profiler's timer interrupts calls, a broken pipe is an error, and a signal without a handler ends
    the program."""
    command = [sys.executable, "-c", WORKING, standin.token, standin.url]
    ended = subprocess.run(command, env=surroundings(), capture_output=True, text=True, timeout=30)
    assert ended.stdout.splitlines()[-1:] == ["broken pipe"], ended.stderr
    assert ended.returncode == -signal.SIGUSR2


FAULT = """
import faulthandler, sys
faulthandler.enable()
from libposthog import Posthog
posthog = Posthog(sys.argv[1], mode="memory")
posthog.capture("e", distinct_id="u")
faulthandler._sigsegv()
"""


def test_a_crash_of_the_program_is_reported_as_its_own() -> None:
    command = [sys.executable, "-c", FAULT, "phc"]
    ended = subprocess.run(command, env=surroundings(), capture_output=True, text=True, timeout=30)
    assert ended.returncode == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in ended.stderr


def test_an_interrupt_reaches_the_program_after_the_wait(standin: StandIn) -> None:
    program = """
import os, signal, sys, threading
from libposthog import Posthog
posthog = Posthog(sys.argv[1], sys.argv[2], exit_timeout_ms=100)
posthog.capture("e", distinct_id="u")
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    posthog.flush(1)
    print("not interrupted")
except KeyboardInterrupt:
    print("interrupted")
"""
    standin.fault({"action": "hang"}, repeat=True)
    assert run_program(program, standin.token, standin.url) == "interrupted\n"
