//go:build cgo

/* Lateness for the Go runtime's monitor thread.
 *
 * Entering an idle runtime wakes its monitor, which then looks around every 20 microseconds until all is idle again,
 * and sleeps: at a thousand calls a second it wakes more often than the caller does. It sleeps in nanosleep, which the
 * kernel may end late by the thread's timer slack, 50 microseconds for most threads. With a millisecond of it the monitor
 * wakes about once a call instead of twice, and without the caller having to wake it. Nobody waits for it longer than
 * that: see "What does it cost to enter an idle runtime?" in RATIONALE.md.
 *
 * A thread is born with the slack its creator has at that moment. Of the threads the runtime makes, the monitor is the
 * second: the first, made when the library is loaded, starts the runtime. The linker's --wrap sends the calls here. */

#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>

enum { MONITOR = 2, SLACK_NS = 1000000 };

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
    static atomic_int created;
    int slack, failed;

    if (atomic_fetch_add(&created, 1) + 1 != MONITOR)
        return __real_pthread_create(thread, attr, start, arg);
    slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0);
    failed = __real_pthread_create(thread, attr, start, arg);
    prctl(PR_SET_TIMERSLACK, slack, 0, 0, 0);
    return failed;
}
