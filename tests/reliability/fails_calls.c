/* Preloaded into perfmon: once armed, makes one call of the C library fail, or counts the calls.
 *
 * FAULTS names a file of counters that all processes share: [0] what is armed: 1 counts, 2 fails one; [1] the process
 * that armed it; [2] whose calls: 0 that process's, 1 its descendants'; [3] function, [4] which of its calls, [5] errno;
 * [6] how many calls have failed; from [16] on, for each function, the calls of that process and of its descendants.
 * A program that is executed has nothing armed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/syscall.h>

/* None of the headers that declare what is wrapped: the types would not be the same. */
#define O_RDWR 2
#define AT_FDCWD (-100)
char *getenv(const char *name);
int getpid(void);

static long (*kernel)(long, ...);

static int *shared, armed;

void faults_arm(void) {
    kernel = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    const char *path = getenv("FAULTS");
    int fd = path ? (int)kernel(SYS_openat, AT_FDCWD, path, O_RDWR, 0) : -1;
    if (fd < 0)
        return;
    long at = kernel(SYS_mmap, 0L, 4096L, 3 /* read and write */, 1 /* shared */, fd, 0L);
    kernel(SYS_close, fd);
    if (at == -1)
        return;
    shared = (int *)at;
    shared[1] = getpid();
    armed = 1;
}

static int fails(int function) {
    if (!armed)
        return 0;
    int descendant = shared[1] != getpid();
    int call = __atomic_add_fetch(&shared[16 + 2 * function + descendant], 1, __ATOMIC_SEQ_CST);
    if (shared[0] != 2 || descendant != shared[2] || function != shared[3] || call != shared[4])
        return 0;
    __atomic_add_fetch(&shared[6], 1, __ATOMIC_SEQ_CST);
    errno = shared[5];
    return 1;
}

/* Arguments in registers pass through whatever their types are. What a function returns when it fails is its own. */
#define WRAP(number, name, failure)                                                                                    \
    long name(long a, long b, long c, long d, long e, long f) {                                                        \
        static long (*real)(long, long, long, long, long, long);                                                       \
        if (!real)                                                                                                     \
            real = (long (*)(long, long, long, long, long, long))dlsym(RTLD_NEXT, #name);                              \
        return fails(number) ? failure : real(a, b, c, d, e, f);                                                       \
    }
#define FAIL (-1)
#define FAIL_BUT_DO (errno = (real(a, b, c, d, e, f), shared[5]), -1)
#define FAIL_NULL 0

WRAPPERS
