// How many sockets and files the process may have open. Shells and service managers hand out a soft limit of 1,024 for
// the sake of programs that use select(2), which none of ours does; the hard limit is what the operator means.
import Glibc

package enum DescriptorLimit {
    /// A server holds 4,096 connections at most, pools and files a few dozen more.
    private static let wanted: rlim_t = 8_192

    /// Raises the soft limit as far as the hard one allows. A limit that stays low is no failure: accepting then pauses
    /// while descriptors are out.
    package static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted
        else {
            return
        }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
