/* Says of each input whether capture may leave it in C: reads lengths of four bytes, each with so many bytes behind it,
 * and prints 1 or 0 for each. Linked with capi/plain.c. */

#include "plain.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    uint32_t length;

    while (fread(&length, sizeof length, 1, stdin) == 1) {
        /* Memory of just that size, for the sanitizers to watch over. */
        char *input = malloc(length > 0 ? length : 1);
        if (input == NULL || fread(input, 1, length, stdin) != length)
            return 1;
        putchar(phgo_plain_capture(input, length) ? '1' : '0');
        free(input);
    }
    return 0;
}
