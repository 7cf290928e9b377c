/* Starts a thread; installs the filter of a file where it is told; prints a line, and waits for the end of its input. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *mode, *path;
static pthread_barrier_t started, installed;

static void install(unsigned flags)
{
	static struct sock_filter filter[4096];
	int fd = open(path, O_RDONLY);
	struct sock_fprog program = { read(fd, filter, sizeof filter) / sizeof *filter, filter };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0)
		perror("seccomp");
}

static void wait_for_end(void)
{
	char byte;

	puts("");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	_exit(0);
}

static void *thread(void *unused)
{
	pthread_barrier_wait(&started);
	if (strcmp(mode, "second") == 0)
		install(0);
	pthread_barrier_wait(&installed);
	if (strcmp(mode, "left") == 0) {
		pthread_join(*(pthread_t *)unused, NULL);
		wait_for_end();
	}
	while (pause())
		;
	return NULL;
}

int main(int count, char **words)
{
	static pthread_t first, second;

	mode = words[1];
	path = words[2];
	first = pthread_self();
	pthread_barrier_init(&started, NULL, 2);
	pthread_barrier_init(&installed, NULL, 2);
	pthread_create(&second, NULL, thread, &first);
	pthread_barrier_wait(&started);
	if (strcmp(mode, "second") != 0)
		install(strcmp(mode, "all") == 0 ? SECCOMP_FILTER_FLAG_TSYNC : 0);
	pthread_barrier_wait(&installed);
	if (strcmp(mode, "left") == 0)
		pthread_exit(NULL);
	wait_for_end();
	return count;
}
