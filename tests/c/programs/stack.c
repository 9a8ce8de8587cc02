/* Calls from a stack that is not the thread's own, as fibers and coroutines make them: they work, and cost what others
 * cost. Prints its measurement; the runner reports it. */

#include "check.h"

#include <time.h>
#include <ucontext.h>

enum { CALLS = 20000, STACK = 256 * 1024 };

static ucontext_t thread_context, fiber_context;
static uint32_t client;
static double fiber_ns;

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double measure(void)
{
    double start = now_ns();
    int i;
    for (i = 0; i < CALLS; i++)
        CHECK_STATUS(posthog_stats(client, NULL, 0, NULL), POSTHOG_OK);
    return (now_ns() - start) / CALLS;
}

static void fiber(void)
{
    fiber_ns = measure();
}

int main(void)
{
    char *stack = malloc(STACK);
    double thread_ns;

    CHECK(stack != NULL);
    client = open_client("{\"api_key\":\"phc_test\",\"mode\":\"memory\"}");
    thread_ns = measure();
    CHECK(getcontext(&fiber_context) == 0);
    fiber_context.uc_stack.ss_sp = stack;
    fiber_context.uc_stack.ss_size = STACK;
    fiber_context.uc_link = &thread_context;
    makecontext(&fiber_context, fiber, 0);
    CHECK(swapcontext(&thread_context, &fiber_context) == 0);
    printf("stats from the thread's stack %.0f ns, from a fiber's %.0f ns\n", thread_ns, fiber_ns);
    CHECK_STATUS(posthog_shutdown(client, NULL, 0, NULL), POSTHOG_OK);
    free(stack);
    return 0;
}
