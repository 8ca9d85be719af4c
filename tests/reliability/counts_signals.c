/* Counts SIGUSR1 and SIGTERM from its first moment on, and says how many came, soon after the first. */

#include <signal.h>
#include <stdio.h>
#include <time.h>

static volatile sig_atomic_t came;

static void count(int number) {
  (void)number;
  came++;
}

static void wait_for(int milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  while (nanosleep(&left, &left))
    ;
}

int main(void) {
  struct sigaction action = {.sa_handler = count};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  for (int i = 0; i < 1000 && !came; i++)
    wait_for(5);
  wait_for(150);
  printf("came %d\n", (int)came);
  return 0;
}
