// What every test of an edge needs and none should make for itself: a loop, a real clock, the place of the
// repository. One loop serves all tests of a process, as one loop serves a service.
import CLinux
package import EventLoop
import Glibc
package import World

package enum TestLoop {
    /// Started on first use, lives as long as the process.
    package static let shared: EventLoop = {
        guard let loop = try? EventLoop.start(name: "tests") else {
            preconditionFailure("no thread for a loop")
        }
        return loop
    }()
}

extension World {
    /// The real clock and the system's randomness, for tests of sockets and databases. Unit tests use
    /// SeededWorld.
    package static let forWireTests = World(
        now: { Timestamp(microseconds: till_realtime_us()) }, monotonic: { till_monotonic_ns() },
        randomBytes: { count in
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        })
}

/// Whether the tests run under a sanitizer, which makes everything several times slower and keeps freed memory. Only
/// for bounds and loads that it cannot meet; what is right and wrong does not depend on it.
package enum Sanitizer {
    package static var isOn: Bool { getenv("TILL_SANITIZER") != nil }
    /// What to multiply a bound in time by.
    package static var slowness: Int { isOn ? 5 : 1 }
}

package enum Repository {
    /// The folder that holds Package.swift, found from where this file was compiled.
    package static func root() -> String {
        #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    }
}

/// A small text file of the repository.
package func readText(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else {
        throw ChildProcess.Failed(description: "cannot open \(path): \(errno)")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[0..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
