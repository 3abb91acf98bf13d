// Starting a program and waiting for its end, for tests that need PostgreSQL's own tools. Blocking, so it is
// called on a thread that may block. Nothing of the product starts programs this way.
import CLinux
import Glibc

package enum ChildProcess {
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs `arguments[0]` with the rest, its output in the file `log`. Throws `Failed` unless it exits with
    /// 0.
    package static func run(_ arguments: [String], log: String = "/dev/null") throws {
        let child = try start(arguments, log: log)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw Failed(description: "waitpid: \(errno)") }
        }
        guard status == 0 else {
            throw Failed(description: "\(arguments[0]) ended with status \(status), see \(log)")
        }
    }

    /// Starts it in a process group of its own, so that a Ctrl-C meant for the tests does not reach it.
    @discardableResult
    package static func start(_ arguments: [String], log: String = "/dev/null") throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Threads of ours block signals, and a child would inherit that and never hear that it should end.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        // The tools need a path and a locale; the rest of our environment is none of their business.
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin:/usr/sbin:/sbin"
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=" + path), strdup("LC_ALL=C"), nil]
        defer { for word in words + environment { free(word) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, arguments[0], &actions, &attributes, words, &environment)
        guard code == 0 else { throw Failed(description: "cannot start \(arguments[0]): \(code)") }
        return child
    }
}
