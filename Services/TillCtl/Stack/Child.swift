// A child process: started with posix_spawn, its output in a file, ended by signal, reaped without blocking.
// No argument is ever interpreted by a shell.
import CLinux
import Glibc

/// One process that this one started.
package final class Child: Sendable {
    package let name: String
    package let pid: Int32

    private init(name: String, pid: Int32) {
        self.name = name
        self.pid = pid
    }

    package enum Failure: Error, Sendable, CustomStringConvertible {
        case spawn(String, code: Int32)
        case open(String, code: Int32)

        package var description: String {
            switch self {
            case .spawn(let path, let code): "cannot start \(path): \(String(cString: strerror(code)))"
            case .open(let path, let code): "cannot open \(path): \(String(cString: strerror(code)))"
            }
        }
    }

    /// Starts `path` with exactly this environment; both outputs are appended to `log`; `socket` becomes its
    /// descriptor 3.
    package static func start(
        name: String, path: String, arguments: [String] = [], environment: [String: String], log: String,
        input: String? = nil, socket: Int32? = nil
    ) throws(Failure) -> Child {
        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw .open(log, code: errno) }
        defer { close(output) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // Where the protocol of sd_listen_fds(3) begins to count.
        if let socket { posix_spawn_file_actions_adddup2(&actions, socket, 3) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C at the terminal reaches us, and we stop our children in order.
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var pid = pid_t()
        let code = withCStrings([path] + arguments) { argv in
            withCStrings(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) { envp in
                posix_spawnp(&pid, path, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw .spawn(path, code: code) }
        return Child(name: name, pid: pid)
    }

    /// Sends a signal. False when the process is gone.
    @discardableResult
    package func signal(_ number: Int32) -> Bool { kill(pid, number) == 0 }

    /// How the process ended, nil while it runs. To be called by one task; the answer comes once.
    package func reap() -> Ending? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let bySignal = status & 0x7F
        return bySignal == 0 ? .exited((status >> 8) & 0xFF) : .killed(bySignal)
    }

    package enum Ending: Sendable, Equatable, CustomStringConvertible {
        case exited(Int32), killed(Int32)

        package var description: String {
            switch self {
            case .exited(let status): "exited with \(status)"
            case .killed(let signal): "was ended by signal \(signal)"
            }
        }
    }
}

private func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}
