// An nginx of the tests' own in front of one upstream, with short patience; it marks every request that it makes.
import EventLoop
import Glibc
import HTTPWire
import Synchronization
import TestSupport

final class Nginx: Sendable {
    private let folder: String
    private let port: UInt16
    private let child: Mutex<Int32?>

    /// Inputs that are played at the same time.
    private static let lanes = 16

    init(_ program: String, _ folder: String, upstream: UInt16, isBuffered: Bool) throws {
        self.folder = folder
        port = try TemporaryCluster.freePort()
        let buffering = isBuffered ? "on" : "off"
        try OutsideTool.write(
            """
            daemon off; master_process off; pid \(folder)/pid; error_log \(folder)/errors crit;
            events { worker_connections 512; }
            http {
              log_format hop '$request_id $upstream_addr';
              access_log \(folder)/access hop;
              client_body_temp_path \(folder)/body; proxy_temp_path \(folder)/proxy; fastcgi_temp_path \(folder)/f;
              uwsgi_temp_path \(folder)/u; scgi_temp_path \(folder)/s;
              client_header_timeout 1s; client_body_timeout 1s; lingering_timeout 1s; keepalive_timeout 2s;
              upstream us { server 127.0.0.1:\(upstream); keepalive 8; }
              server {
                listen 127.0.0.1:\(port); server_name _;
                location / {
                  proxy_pass http://us; proxy_http_version 1.1; proxy_request_buffering \(buffering);
                  proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Hop $request_id;
                  proxy_read_timeout 2s; proxy_next_upstream off;
                }
              }
            }

            """, to: folder + "/nginx.conf")
        child = Mutex(
            try ChildProcess.start(
                [program, "-c", folder + "/nginx.conf", "-e", folder + "/errors", "-p", folder],
                log: folder + "/log"))
    }

    /// Ends it and waits, so that its log is whole. Idempotent.
    func stop() {
        guard let child = child.withLock({ $0.take() }) else { return }
        OutsideTool.end(child)
    }

    func awaitReady() async throws {
        try await until(atMost: .seconds(20)) { (try? await self.connect().close()) != nil }
    }

    /// The marks of the requests that went on to the upstream, from its own log, which has a request once it ended.
    func passed() throws -> Set<String> {
        Set(
            try readText(folder + "/access").split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                return words.count >= 2 && words[1] != "-" ? String(words[0]) : nil
            })
    }

    /// The statuses that each input is answered with, in order.
    func ask(_ inputs: [[UInt8]]) async throws -> [[Int]] {
        let loop = TestLoop.shared
        return try await loop.run {
            try await withThrowingTaskGroup(of: [(Int, [Int])].self) { group in
                for lane in 0..<Self.lanes {
                    group.addTask(executorPreference: loop) {
                        var answers: [(Int, [Int])] = []
                        for index in stride(from: lane, to: inputs.count, by: Self.lanes) {
                            answers.append((index, try await self.ask(inputs[index])))
                        }
                        return answers
                    }
                }
                var all = [[Int]](repeating: [], count: inputs.count)
                for try await answers in group {
                    for (index, statuses) in answers { all[index] = statuses }
                }
                return all
            }
        }
    }

    private func connect() async throws -> StreamSocket {
        let loop = TestLoop.shared, port = port
        return try await loop.run {
            guard let address = SocketAddress(numeric: "127.0.0.1", port: port) else {
                throw SystemFailure.badAddress
            }
            return try await StreamSocket.connect(
                to: [address], loop: loop, deadlineNs: loop.nowNs + 5_000_000_000)
        }
    }

    private func ask(_ input: [UInt8]) async throws -> [Int] {
        let loop = TestLoop.shared
        let socket = try await connect()
        defer { socket.close() }
        var answer: [UInt8] = []
        do {
            try await socket.write(input, deadlineNs: loop.nowNs + 5_000_000_000)
            // Longer than nginx waits for what does not come.
            while try await socket.read(
                deadlineNs: loop.nowNs + 4_000_000_000,
                { span in for index in span.indices { answer.append(span[index]) } })
            {}
        } catch is SystemFailure {
            // Closed on us, or silent: what was said before counts.
        }
        return String(decoding: answer, as: UTF8.self).matches(of: #/HTTP/1\.1 (\d{3}) /#).compactMap {
            Int($0.1)
        }
        .filter { $0 != 100 }
    }
}
