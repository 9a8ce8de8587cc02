/* Says of each input whether capture may leave it in C: reads lengths of four bytes, each with so many bytes behind it,
 * and prints a line for each, empty or with where the members stand. Linked with capi/plain.c. */

#include "plain.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void print(phgo_span span)
{
    printf("%u %u ", span.begin, span.end);
}

int main(void)
{
    phgo_plain members;
    uint32_t length;

    while (fread(&length, sizeof length, 1, stdin) == 1) {
        /* Memory of just that size, for the sanitizers to watch over. */
        char *input = malloc(length > 0 ? length : 1);
        if (input == NULL || fread(input, 1, length, stdin) != length)
            return 1;
        if (phgo_plain_capture(input, length, &members)) {
            print(members.event);
            print(members.distinct_id);
            print(members.properties);
            print(members.groups);
            print(members.disable_geoip);
        }
        putchar('\n');
        free(input);
    }
    return 0;
}
