//go:build cgo

/* The bounds of the calling thread's stack, looked up once per thread.
 *
 * Go asks pthread_getattr_np for them whenever a call comes in on a stack it has no bounds for, which for a fiber, a
 * coroutine or a foreign-function library with stacks of its own is every call; on the main thread glibc then parses
 * /proc/self/maps, some 200 microseconds. The linker's --wrap sends that call here. The answer is glibc's own, only
 * remembered, so Go still sees that a foreign stack lies outside. */

#define _GNU_SOURCE
#include <pthread.h>

int __real_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr);
int __wrap_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr);

/* What this thread was told; size 0 is nothing yet. */
static __thread struct {
    void *low;
    size_t size;
} bounds;

int __wrap_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr)
{
    int failed;

    if (!pthread_equal(thread, pthread_self()))
        return __real_pthread_getattr_np(thread, attr);
    if (bounds.size == 0) {
        failed = __real_pthread_getattr_np(thread, attr);
        if (failed == 0)
            failed = pthread_attr_getstack(attr, &bounds.low, &bounds.size);
        return failed;
    }
    /* A fresh attribute set: a copied one would share the memory the first owner frees. */
    failed = pthread_attr_init(attr);
    if (failed == 0)
        failed = pthread_attr_setstack(attr, bounds.low, bounds.size);
    return failed;
}
