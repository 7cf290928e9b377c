// Has a second thread make one system call, waits for that thread's end, and ends with status 0.

#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *call(void *unused) {
    (void)unused;
    syscall(SYS_sched_get_priority_max, 0);
    printf("the thread goes on\n");
    return NULL;
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, call, NULL) != 0) {
        return 1;
    }
    pthread_join(thread, NULL);
    printf("the program goes on\n");
    return 0;
}
