/* Loaded before the C library (LD_PRELOAD): makes one matching system call of a process fail, or that one and all after it.
 *
 *   ATTACK_PATH    only files whose path holds this text are touched
 *   ATTACK_COUNTS  a file that keeps, as 64-bit numbers, how many calls of each kind there were, and last how many failed
 *   ATTACK_KIND    which kind fails, as a number in the list of `enum kind`; none where it is not set
 *   ATTACK_AT      which call of that kind, from 1
 *   ATTACK_ERROR   the errno it fails with
 *   ATTACK_MODE    once; on (it and all after it); short (half is written or read, without an error); torn (half is written, then the error)
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN, READ, WRITE, FSYNC, FDATASYNC, RANGE, RENAME, UNLINK, MKDIR, TRUNCATE, LOCK, LIST, COPY, KINDS };
enum mode { ONCE, ON, SHORT, TORN };

static const char *path;
static long *counts, spare[KINDS + 1];
static int kind = -1, error = EIO;
static long at;
static enum mode mode = ONCE;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void prepare(void) {
    const char *text;
    counts = spare;
    path = getenv("ATTACK_PATH");
    if ((text = getenv("ATTACK_COUNTS"))) {
        int file = open(text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file >= 0 && ftruncate(file, sizeof spare) == 0) {
            void *shared = mmap(NULL, sizeof spare, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (shared != MAP_FAILED) counts = shared;
        }
        if (file >= 0) close(file);
    }
    if ((text = getenv("ATTACK_AT"))) at = atol(text);
    if ((text = getenv("ATTACK_ERROR"))) error = atoi(text);
    if ((text = getenv("ATTACK_MODE"))) mode = !strcmp(text, "on") ? ON : !strcmp(text, "short") ? SHORT : !strcmp(text, "torn") ? TORN : ONCE;
    if ((text = getenv("ATTACK_KIND"))) kind = atoi(text);
}

static int fails(enum kind which) {
    long number = __sync_add_and_fetch(&counts[which], 1);
    if ((int)which != kind || number < at || (number > at && mode != ON)) return 0;
    __sync_add_and_fetch(&counts[KINDS], 1);
    errno = error;
    return 1;
}

static int is_meant(const char *text) { return path && text && strstr(text, path); }

static int is_file_meant(int file) {
    char link[64], name[PATH_MAX];
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, name, sizeof name - 1);
    errno = before;
    if (length <= 0) return 0;
    name[length] = 0;
    return name[0] == '/' && is_meant(name);
}

static int is_place_meant(int folder, const char *name) {
    return is_meant(name) || (name && name[0] != '/' && folder != AT_FDCWD && is_file_meant(folder));
}

#define OPENING(name, ...) \
    mode_t rights = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); rights = va_arg(rest, mode_t); va_end(rest); } \
    REAL(name)

int open(const char *name, int flags, ...) { OPENING(open); return is_meant(name) && fails(OPEN) ? -1 : real(name, flags, rights); }
int open64(const char *name, int flags, ...) { OPENING(open64); return is_meant(name) && fails(OPEN) ? -1 : real(name, flags, rights); }
int openat(int folder, const char *name, int flags, ...) {
    OPENING(openat);
    return is_place_meant(folder, name) && fails(OPEN) ? -1 : real(folder, name, flags, rights);
}
int openat64(int folder, const char *name, int flags, ...) {
    OPENING(openat64);
    return is_place_meant(folder, name) && fails(OPEN) ? -1 : real(folder, name, flags, rights);
}

/* What a read or write of `length` bytes comes to; `half` makes it with half the length. */
#define MOVED(which, file, length, half, whole) \
    if (is_file_meant(file) && fails(which)) { \
        if ((mode == SHORT || (mode == TORN && which == WRITE)) && (length) > 1) { ssize_t moved = half; if (mode == SHORT) return moved; errno = error; } \
        if (mode == SHORT) return whole; \
        return -1; \
    } \
    return whole

ssize_t read(int file, void *to, size_t length) { REAL(read); MOVED(READ, file, length, real(file, to, length / 2), real(file, to, length)); }
ssize_t pread(int file, void *to, size_t length, off_t from) {
    REAL(pread);
    MOVED(READ, file, length, real(file, to, length / 2, from), real(file, to, length, from));
}
ssize_t pread64(int file, void *to, size_t length, off64_t from) {
    REAL(pread64);
    MOVED(READ, file, length, real(file, to, length / 2, from), real(file, to, length, from));
}
ssize_t readv(int file, const struct iovec *to, int parts) { REAL(readv); MOVED(READ, file, parts, real(file, to, parts / 2), real(file, to, parts)); }
ssize_t write(int file, const void *from, size_t length) {
    REAL(write);
    MOVED(WRITE, file, length, real(file, from, length / 2), real(file, from, length));
}
ssize_t pwrite(int file, const void *from, size_t length, off_t to) {
    REAL(pwrite);
    MOVED(WRITE, file, length, real(file, from, length / 2, to), real(file, from, length, to));
}
ssize_t pwrite64(int file, const void *from, size_t length, off64_t to) {
    REAL(pwrite64);
    MOVED(WRITE, file, length, real(file, from, length / 2, to), real(file, from, length, to));
}
ssize_t writev(int file, const struct iovec *from, int parts) {
    REAL(writev);
    MOVED(WRITE, file, parts, real(file, from, parts / 2), real(file, from, parts));
}

int fsync(int file) { REAL(fsync); return is_file_meant(file) && fails(FSYNC) ? -1 : real(file); }
int fdatasync(int file) { REAL(fdatasync); return is_file_meant(file) && fails(FDATASYNC) ? -1 : real(file); }
int sync_file_range(int file, off64_t from, off64_t length, unsigned flags) {
    REAL(sync_file_range);
    return is_file_meant(file) && fails(RANGE) ? -1 : real(file, from, length, flags);
}
int rename(const char *from, const char *to) { REAL(rename); return (is_meant(from) || is_meant(to)) && fails(RENAME) ? -1 : real(from, to); }
int renameat(int one, const char *from, int other, const char *to) {
    REAL(renameat);
    return (is_place_meant(one, from) || is_place_meant(other, to)) && fails(RENAME) ? -1 : real(one, from, other, to);
}
int unlink(const char *name) { REAL(unlink); return is_meant(name) && fails(UNLINK) ? -1 : real(name); }
int rmdir(const char *name) { REAL(rmdir); return is_meant(name) && fails(UNLINK) ? -1 : real(name); }
int unlinkat(int folder, const char *name, int flags) {
    REAL(unlinkat);
    return is_place_meant(folder, name) && fails(UNLINK) ? -1 : real(folder, name, flags);
}
int mkdir(const char *name, mode_t rights) { REAL(mkdir); return is_meant(name) && fails(MKDIR) ? -1 : real(name, rights); }
int ftruncate(int file, off_t length) { REAL(ftruncate); return is_file_meant(file) && fails(TRUNCATE) ? -1 : real(file, length); }
int ftruncate64(int file, off64_t length) { REAL(ftruncate64); return is_file_meant(file) && fails(TRUNCATE) ? -1 : real(file, length); }
int flock(int file, int how) { REAL(flock); return is_file_meant(file) && fails(LOCK) ? -1 : real(file, how); }
DIR *opendir(const char *name) { REAL(opendir); return is_meant(name) && fails(LIST) ? NULL : real(name); }
ssize_t copy_file_range(int from, off64_t *begin, int to, off64_t *end, size_t length, unsigned flags) {
    REAL(copy_file_range);
    return (is_file_meant(from) || is_file_meant(to)) && fails(COPY) ? -1 : real(from, begin, to, end, length, flags);
}
