/* A system that fails, for tests: loaded before the C library, it answers calls on the files whose
 * path holds FAIL_PATH, and sets the clock.
 *
 * FAIL_CALL: fsync, fdatasync, pwrite, sync_file_range, rename, flock or folder (fsync of one).
 * FAIL_AFTER: so many calls of it go well first. FAIL_ERRNO: what the others say.
 * CLOCK: the seconds since 1970 that the wall clock shows. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

static int due(const char *call) {
    static long calls;
    const char *wanted = getenv("FAIL_CALL"), *after = getenv("FAIL_AFTER");
    if (!wanted || strcmp(wanted, call)) return 0;
    if (__sync_add_and_fetch(&calls, 1) <= (after ? atol(after) : 0)) return 0;
    errno = atoi(getenv("FAIL_ERRNO"));
    return 1;
}

static int is_within(const char *path) {
    const char *within = getenv("FAIL_PATH");
    return within && strstr(path, within) != NULL;
}

static int fails(int file, const char *call) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_within(path) && due(call);
}

int fsync(int file) {
    struct stat found;
    REAL(fsync);
    if (fails(file, "fsync")) return -1;
    if (fstat(file, &found) == 0 && S_ISDIR(found.st_mode) && fails(file, "folder")) return -1;
    return real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    return fails(file, "fdatasync") ? -1 : real(file);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    return fails(file, "pwrite") ? -1 : real(file, bytes, count, at);
}

int sync_file_range(int file, off64_t from, off64_t count, unsigned flags) {
    REAL(sync_file_range);
    return fails(file, "sync_file_range") ? -1 : real(file, from, count, flags);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    return is_within(to) && due("rename") ? -1 : real(from, to);
}

int flock(int file, int operation) {
    REAL(flock);
    return operation != LOCK_UN && fails(file, "flock") ? -1 : real(file, operation);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    REAL(clock_gettime);
    const char *seconds = clock == CLOCK_REALTIME ? getenv("CLOCK") : NULL;
    if (!seconds) return real(clock, time);
    time->tv_sec = atoll(seconds);
    time->tv_nsec = 0;
    return 0;
}
