/* Prints the versions and the name of every status, for the runner to compare with the Go side. */

#include "check.h"

int main(void)
{
    int32_t status;

    printf("version %s %s\n", posthog_version(), POSTHOG_VERSION);
    printf("abi %u %u\n", (unsigned)posthog_abi_version(), (unsigned)POSTHOG_ABI_VERSION);
    for (status = -100; status <= 100; status++)
        printf("%d %s\n", (int)status, posthog_status_name(status));
    return 0;
}
