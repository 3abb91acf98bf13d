// What glibc's Swift module lacks: epoll, eventfd, and calls that are variadic or macros in C.
#ifndef TILL_CLINUX_SHIM_H
#define TILL_CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// glibc shows these to _GNU_SOURCE only. That macro must not be defined here: it would make types such as fd_set
// differ from the Glibc module's, and a program that imports both would not compile.
int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0x80
#endif

static inline int till_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL, 0);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/// accept4, non-blocking and closed on exec. glibc's declaration takes a union that Swift cannot build.
static inline int till_accept(int fd, struct sockaddr *address, socklen_t *length) {
    return accept4(fd, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/// The kernel's id of this thread. pthread_self() is declared const and may be cached across a suspension.
static inline int till_thread_id(void) { return (int)syscall(SYS_gettid); }

static inline int till_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

/// What epoll_wait says of one descriptor. epoll_event itself holds a union with a pointer, which Swift treats as unsafe.
struct till_ready {
    unsigned long long token;
    unsigned int events;
};

/// epoll_ctl with the token as the event's u64. For EPOLL_CTL_DEL the events do not matter.
static inline int till_epoll_control(int epoll, int operation, int fd, unsigned int events, unsigned long long token) {
    struct epoll_event event;
    event.events = events;
    event.data.u64 = token;
    return epoll_ctl(epoll, operation, fd, &event);
}

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/// Waits for at most 256 events, at most `timeout_ns` (negative: for ever). By epoll_pwait2, whose timeout has
/// nanoseconds, where the kernel has it (5.11 and newer), else by epoll_wait in whole milliseconds, rounded up.
static inline int till_epoll_wait(int epoll, struct till_ready *ready, int max, long long timeout_ns) {
    struct epoll_event events[256];
    struct timespec span = {timeout_ns / 1000000000LL, timeout_ns % 1000000000LL};
    if (max > 256) max = 256;
    int count = (int)syscall(SYS_epoll_pwait2, epoll, events, max, timeout_ns < 0 ? 0 : &span, 0, 0);
    if (count < 0 && errno == ENOSYS) {
        long long ms = timeout_ns < 0 ? -1 : (timeout_ns + 999999) / 1000000;
        count = epoll_wait(epoll, events, max, ms > 1000000 ? 1000000 : (int)ms);
    }
    for (int i = 0; i < count; i++) {
        ready[i].token = events[i].data.u64;
        ready[i].events = events[i].events;
    }
    return count;
}

/// Nanoseconds of CLOCK_MONOTONIC.
static inline long long till_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000LL + t.tv_nsec;
}

/// Microseconds of CLOCK_REALTIME since 1970.
static inline long long till_realtime_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (long long)t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

#endif
