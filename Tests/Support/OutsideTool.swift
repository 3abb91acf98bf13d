// Programs by others that some tests play against. A machine without one runs everything else: the test says that it
// was skipped, aloud, and passes.
import Glibc

package enum OutsideTool {
    /// The path of a program on PATH or in the folders of system programs; nil, said aloud, where it is missing.
    package static func path(_ name: String) -> String? {
        let given = getenv("PATH").map { String(cString: $0) } ?? ""
        for folder in given.split(separator: ":").map(String.init) + ["/usr/bin", "/usr/sbin"] {
            let path = folder + "/" + name
            if access(path, X_OK) == 0 { return path }
        }
        print("skipped, no \(name)")
        return nil
    }

    /// A folder of its own for one test, removed after `body`.
    package static func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        var template = Array("/tmp/till-edges-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ChildProcess.Failed(description: "mkdtemp: \(errno)") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            let value = try await body(folder)
            try ChildProcess.run(["rm", "-rf", folder])
            return value
        } catch {
            try ChildProcess.run(["rm", "-rf", folder])
            throw error
        }
    }

    /// Writes a small text file.
    package static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw ChildProcess.Failed(description: "cannot write \(path): \(errno)")
        }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw ChildProcess.Failed(description: "cannot write \(path)") }
    }

    /// Ends a child by `signal` and waits for it; kills it when it does not end within 10 s.
    package static func end(_ child: Int32, by signal: Int32 = SIGTERM) {
        kill(child, signal)
        var status: Int32 = 0
        for _ in 0..<1_000 {
            if waitpid(child, &status, WNOHANG) != 0 { return }
            usleep(10_000)
        }
        kill(child, SIGKILL)
        waitpid(child, &status, 0)
    }
}
