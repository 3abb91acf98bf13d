/* Tells ThreadSanitizer what it cannot see of Synchronization.Mutex. Its quick ways are inlined into our code and
   instrumented there; the slow ones, taken when two threads want a lock at once, are inside the Swift runtime, which
   is not, so that every contended lock looked like none. This library is preloaded by `./till check --sanitize
   thread`, stands in front of the runtime's two functions and says what they did. Nothing is suppressed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

/* Of the sanitizer's runtime, where there is one: programs that are not instrumented load this library too. */
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef __attribute__((swiftcall)) void (*lock_slow)(uint32_t self_id, __attribute__((swift_context)) void *handle);
typedef __attribute__((swiftcall)) void (*unlock_slow)(__attribute__((swift_context)) void *handle);

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

__attribute__((swiftcall)) void till_lock_slow(uint32_t, __attribute__((swift_context)) void *) __asm__(LOCK_SLOW);
__attribute__((swiftcall)) void till_unlock_slow(__attribute__((swift_context)) void *) __asm__(UNLOCK_SLOW);

__attribute__((swiftcall)) void till_lock_slow(uint32_t self_id, __attribute__((swift_context)) void *handle) {
    static lock_slow original;
    lock_slow call = __atomic_load_n(&original, __ATOMIC_RELAXED);
    if (!call) {
        call = (lock_slow)next(LOCK_SLOW);
        __atomic_store_n(&original, call, __ATOMIC_RELAXED);
    }
    call(self_id, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

__attribute__((swiftcall)) void till_unlock_slow(__attribute__((swift_context)) void *handle) {
    static unlock_slow original;
    unlock_slow call = __atomic_load_n(&original, __ATOMIC_RELAXED);
    if (!call) {
        call = (unlock_slow)next(UNLOCK_SLOW);
        __atomic_store_n(&original, call, __ATOMIC_RELAXED);
    }
    if (__tsan_release) __tsan_release(handle);
    call(handle);
}
