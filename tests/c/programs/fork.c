/* A forked child never hangs: every operation answers at once, from C, and what needs no Go works. */

#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

static const char event[] = "{\"distinct_id\":\"u\",\"event\":\"e\"}";

static void check_child(uint32_t client)
{
    uint32_t other = 7;
    char *reply;
    int i;

    alarm(5); /* a hang is a death, and seen by the parent */
    for (i = 0; i < OPERATIONS; i++) {
        reply = NULL;
        CHECK_STATUS(operations[i].call(client, "{}", 2, &reply), POSTHOG_FORKED);
        CHECK(reply != NULL && strncmp(reply, "{\"error\":{\"code\":\"FORKED\"", 25) == 0);
        posthog_free(reply);
        CHECK_STATUS(operations[i].call(0, NULL, 0, NULL), POSTHOG_FORKED);
    }
    CHECK_STATUS(posthog_capture(client, event, POSTHOG_NTS, NULL), POSTHOG_FORKED);
    CHECK_STATUS(posthog_open("{\"api_key\":\"k\"}", POSTHOG_NTS, &other, NULL), POSTHOG_FORKED);
    CHECK(other == 0);
    CHECK_STATUS(posthog_open(NULL, 0, NULL, NULL), POSTHOG_FORKED);
    CHECK(strcmp(posthog_version(), POSTHOG_VERSION) == 0);
    CHECK(posthog_abi_version() == POSTHOG_ABI_VERSION);
    CHECK(strcmp(posthog_status_name(POSTHOG_FORKED), "FORKED") == 0);
}

/* Forks, checks in the child and in a child of the child, and returns in the parent. */
static void check_fork(uint32_t client, char *inherited, int generations)
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        check_child(client);
        posthog_free(inherited); /* a reply from before the fork is the child's, too */
        if (generations > 1)
            check_fork(client, NULL, generations - 1);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    uint32_t client = open_client("{\"api_key\":\"phc_test\",\"host\":\"http://127.0.0.1:1\"}");
    char *reply;
    int i;

    for (i = 0; i < 20; i++) {
        CHECK_STATUS(posthog_capture(client, event, POSTHOG_NTS, &reply), POSTHOG_OK);
        check_fork(client, reply, 2);
        posthog_free(reply);
    }
    CHECK_STATUS(posthog_stats(client, NULL, 0, &reply), POSTHOG_OK);
    CHECK(number_in(reply, "accepted") == 20);
    posthog_free(reply);
    CHECK_STATUS(posthog_shutdown(client, "{\"timeout_ms\":0}", POSTHOG_NTS, NULL), POSTHOG_OK);
    return 0;
}
