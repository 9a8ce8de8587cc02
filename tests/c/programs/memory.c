/* Ten thousand clients, one after another, leave nothing behind. Usage: memory HOST */

#include "process.h"

static void open_and_close(const char *options, int times)
{
    int i;
    for (i = 0; i < times; i++) {
        uint32_t client = open_client(options);
        CHECK_STATUS(posthog_capture(client, "{\"distinct_id\":\"u\",\"event\":\"e\"}", POSTHOG_NTS, NULL), POSTHOG_OK);
        CHECK_STATUS(posthog_shutdown(client, "{\"timeout_ms\":0}", POSTHOG_NTS, NULL), POSTHOG_OK);
    }
}

int main(int argc, char **argv)
{
    enum { KIB_OF_SLACK = 8 * 1024 };
    char options[256];
    int files, threads;
    long before, after;

    CHECK(argc == 2);
    snprintf(options, sizeof options, "{\"api_key\":\"phc_test\",\"host\":\"%s\",\"secret_key\":\"phs_test\"}", argv[1]);
    open_and_close(options, 1000);
    before = resident();
    files = descriptors();
    threads = threads_alive();

    open_and_close(options, 10000);
    after = resident();
    if (after - before > KIB_OF_SLACK) {
        fprintf(stderr, "resident memory went from %ld to %ld KiB\n", before, after);
        return 1;
    }
    CHECK(descriptors() <= files);
    CHECK(threads_alive() <= threads + 2);
    return 0;
}
