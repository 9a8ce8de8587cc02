/* Scenarios whose cost is looked at along one parameter. */
#ifndef SCALE_H
#define SCALE_H

void depth(void);   /* captures with `depth` events in the queue */
void threads(void); /* n events from `threads` threads */
void clients(void); /* n events through `clients` clients */
void sizes(void);   /* n events of `bytes` bytes each */

#endif
