// What somebody else on the machine may have put where the demo's secrets go.
import FoundationEssentials
import Glibc
import Testing

@testable import TillCtl

@Suite struct `A folder of secrets` {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path =
            FileManager.default.temporaryDirectory.path + "/till-secrets-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func `makes each secret once and closes its folder to others`() throws {
        try withFolder { place in
            #expect(mkdir(place + "/secrets", 0o777) == 0 && chmod(place + "/secrets", 0o777) == 0)
            let secrets = try SecretFolder(folder: place + "/secrets")
            let made = try secrets.text("app-secret")
            #expect(made.count == 64)
            #expect(try SecretFolder(folder: place + "/secrets").text("app-secret") == made)
            for (path, mode) in [("/secrets", 0o700), ("/secrets/app-secret", 0o600)] {
                var status = stat()
                #expect(lstat(place + path, &status) == 0 && status.st_mode & 0o777 == mode)
            }
        }
    }

    @Test func `follows no link, for the folder or for a file in it`() throws {
        try withFolder { place in
            #expect(mkdir(place + "/elsewhere", 0o700) == 0)
            #expect(symlink(place + "/elsewhere", place + "/linked") == 0)
            #expect(throws: PostgresCluster.Failure.self) { try SecretFolder(folder: place + "/linked") }
            let secrets = try SecretFolder(folder: place + "/secrets")
            #expect(symlink(place + "/elsewhere/stolen", place + "/secrets/app-secret") == 0)
            #expect(throws: PostgresCluster.Failure.self) { try secrets.text("app-secret") }
            #expect(access(place + "/elsewhere/stolen", F_OK) != 0)
        }
    }
}
