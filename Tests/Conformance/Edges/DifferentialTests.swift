// The same ambiguous bytes read by us, by node's parser and through nginx to us. What this is about: nobody sees one
// request where another sees two, and what the others take for an attack is none of our requests either. Where we
// refuse what they take, a table in Tests/Vectors/http names the policy.
import EventLoop
import FoundationEssentials
import HTTPWire
import TestSupport
import Testing

@Suite(.serialized) struct `An ambiguous request` {
    private struct NodeReading: Decodable {
        struct Message: Decodable {
            var method: String
            var target: String
            var body: String
        }
        var requests: [Message]
        var refusal: String?

        /// Targets are compared as octets: node reads them as Latin-1.
        var reading: Reading {
            let messages = requests.map { message in
                Reading.Message(
                    method: message.method, target: message.target,
                    body: stride(from: 0, to: message.body.utf8.count, by: 2).compactMap { offset in
                        UInt8(message.body.dropFirst(offset).prefix(2), radix: 16)
                    })
            }
            return Reading(requests: messages, refusal: refusal)
        }
    }

    /// `reason => why` of one of our tables.
    private static func table(_ name: String) throws -> [String: String] {
        var rows: [String: String] = [:]
        for line in try readText(Repository.root() + "/Tests/Vectors/http/" + name).split(separator: "\n")
        where !line.hasPrefix("#") {
            guard let mark = line.firstRange(of: " => ") else { continue }
            rows[String(line[..<mark.lowerBound])] = String(line[mark.upperBound...])
        }
        return rows
    }

    @Test func `comes from a few hundred tricks`() {
        #expect(AmbiguousRequests.all.count > 300)
        #expect(Set(AmbiguousRequests.all.map(\.bytes)).count > 300)
    }

    @Test func `is one request to node and to us, or none to us`() async throws {
        guard let node = OutsideTool.path("node") ?? OutsideTool.path("nodejs") else { return }
        let inputs = AmbiguousRequests.all
        let readings = try await OutsideTool.withFolder { folder in
            let hex = inputs.map { $0.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
            try OutsideTool.write(hex.joined(separator: "\n") + "\n", to: folder + "/inputs")
            try await BlockingThread.run {
                try ChildProcess.run(
                    [
                        node, Repository.root() + "/Tests/Vectors/http/read-with-node.js", folder + "/inputs",
                        folder + "/readings",
                    ], log: folder + "/log")
            }
            return try readText(folder + "/readings").split(separator: "\n").map {
                try JSONDecoder().decode(NodeReading.self, from: Data($0.utf8)).reading
            }
        }
        try #require(readings.count == inputs.count)
        let excused = try Self.table("node-refuses.table"), policies = try Self.table("we-refuse.table")
        var stricter: [String: (count: Int, example: String)] = [:]
        for (input, node) in zip(inputs, readings) {
            let ours = Reading.ours(input.bytes)
            // The heart of it: what both have read is the same, and neither read on where the other did not.
            let common = min(ours.requests.count, node.requests.count)
            #expect(
                ours.requests[..<common] == node.requests[..<common], "\(input.name): \(ours) and \(node)")
            if ours.requests.count > node.requests.count {
                let why = node.refusal ?? "waits: \(input.name.prefix(24))"
                #expect(excused[why] != nil, "\(input.name): we read \(ours), node \(node)")
            }
            if let refusal = ours.refusal, node.requests.count > ours.requests.count || node.refusal == nil {
                let known = stricter[refusal]
                stricter[refusal] = ((known?.count ?? 0) + 1, known?.example ?? input.name)
                #expect(policies[refusal] != nil, "no policy for: \(refusal) (\(input.name))")
            } else if node.requests.count > ours.requests.count {
                #expect(excused["reads on: \(input.name)"] != nil, "\(input.name): \(ours), node \(node)")
            }
            if node.refusal != nil, ours.refusal == nil {
                #expect(
                    excused[node.refusal ?? ""] != nil,
                    "\(input.name): node refuses (\(node)), we do not: \(ours)")
            }
        }
        print("\(inputs.count) inputs; where we refuse and node does not:")
        for (refusal, what) in stricter.sorted(by: { $0.key < $1.key }) {
            print("  \(what.count) × \(refusal) (\(what.example)): \(policies[refusal] ?? "no policy")")
        }
    }

    @Test(arguments: [true, false])
    func `is as many requests behind nginx as nginx let through`(_ isBuffered: Bool) async throws {
        guard let program = OutsideTool.path("nginx") else { return }
        try await OutsideTool.withFolder { folder in
            try await RecordingServer.run { server in
                let nginx = try Nginx(program, folder, upstream: server.port, isBuffered: isBuffered)
                defer { nginx.stop() }
                try await nginx.awaitReady()
                let statuses = try await nginx.ask(AmbiguousRequests.all.map(\.bytes))
                // Stopped, nginx would forget what it has in hand. Compared below, also when it never comes to know.
                try? await until(atMost: .seconds(20)) {
                    try nginx.passed().isSuperset(of: server.arrivals.flatMap(\.hops))
                }
                nginx.stop()
                let passed = try nginx.passed()
                let arrivals = server.arrivals
                #expect(arrivals.count > 100)
                for arrival in arrivals {
                    // A request that nginx did not make has no mark of nginx.
                    #expect(arrival.hops.count == 1, "smuggled: \(arrival)")
                }
                let hops = arrivals.flatMap(\.hops)
                #expect(Set(hops).count == hops.count, "two requests of one")
                #expect(Set(hops).isSubset(of: passed), "a request that nginx does not know of")
                try compareRefusals(statuses)
            }
        }
    }

    /// What nginx refuses at once we refuse as well, or a table says why not.
    private func compareRefusals(_ statuses: [[Int]]) throws {
        let excused = try Self.table("nginx-refuses.table")
        for (input, statuses) in zip(AmbiguousRequests.all, statuses) {
            guard let first = statuses.first, first >= 400, first < 500 || first == 501 || first == 505 else {
                continue
            }
            let ours = Reading.ours(input.bytes)
            if ours.requests.isEmpty { continue }
            #expect(
                excused["\(first) \(input.name)"] != nil,
                "nginx says \(first) to \(input.name), we read \(ours)")
        }
    }
}
