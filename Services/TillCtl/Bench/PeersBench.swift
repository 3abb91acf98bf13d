// Reading, and HTTP with HMAC but no database; with `peers`, beside it what others do on this machine in the same
// run: nginx with a fixed answer, node with HMAC, Starlette with uvloop and asyncpg (200 after its commit). What is
// not installed is said to be missing, never guessed.
import EventLoop
import FoundationEssentials
import Glibc
import World

struct PeersBench {
    let options: Commands.Options
    let bench: Commands.BenchOptions
    let tools: Commands.Tools
    /// For the peer that keeps what it is sent.
    var cluster: PostgresCluster?
    var secrets: SecretFolder?

    func run(_ report: inout BenchReport) async throws {
        let http = HTTPBench(
            tools: tools, folder: options.folder, binaries: options.binaries, isQuick: bench.isQuick)
        let requests = http.requests(5_000)
        let parse = ParseBench.run(requests)
        report.rows.append(
            BenchRow(
                what: "reading a webhook of \(parse.bytes) bytes",
                value: Bench.fixed(parse.microseconds, 2) + " µs", aim: "under 2 µs"))
        let port = try PostgresCluster.freePort()
        guard let ours = try await http.measure(http.ours(port: port), port: port, requests: requests)
        else { throw PostgresCluster.Failure("the signature server did not start") }
        report.rows.append(HTTPBench.row(ours, aim: "twice Hummingbird's 42,000 to 47,000/s"))
        guard bench.kind == .peers else { return }
        try await nginx(http, requests, ours, &report)
        try await node(http, requests, ours, &report)
        try await starlette(http, requests, ours, &report)
    }

    private func compare(
        _ http: HTTPBench, _ contender: Contender, _ port: UInt16, _ requests: [[UInt8]],
        _ ours: HTTPBench.Result?, _ report: inout BenchReport
    ) async throws {
        if let result = try await http.measure(contender, port: port, requests: requests) {
            report.rows.append(HTTPBench.row(result, beside: ours))
            if contender.isDurable { report.bestPeer = max(report.bestPeer ?? 0, result.flood.perSecond) }
        } else {
            let log =
                (try? String(contentsOfFile: http.contenderLog, encoding: .utf8)) ?? ""
            let last = log.split(separator: "\n").last.map(String.init) ?? ""
            report.rows.append(
                BenchRow(what: contender.name, value: "skipped, it did not start: \(last)", aim: ""))
        }
    }

    private func skip(_ name: String, _ missing: String, _ report: inout BenchReport) {
        report.rows.append(BenchRow(what: name, value: "skipped, no \(missing)", aim: ""))
    }

    private static func find(_ program: String) -> String? {
        ["/usr/bin/", "/usr/sbin/", "/usr/local/bin/"].map { $0 + program }.first { access($0, X_OK) == 0 }
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let path = options.folder + "/" + name
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    private func nginx(
        _ http: HTTPBench, _ requests: [[UInt8]], _ ours: HTTPBench.Result, _ report: inout BenchReport
    ) async throws {
        let name = "nginx, fixed answer, one worker"
        guard let path = Self.find("nginx") else { return skip(name, "nginx", &report) }
        let port = try PostgresCluster.freePort()
        let settings = try file(
            "nginx.conf",
            """
            daemon off; master_process off; pid \(options.folder)/nginx.pid; error_log stderr crit;
            events { worker_connections 4096; }
            http {
              access_log off; keepalive_requests 1000000000; client_body_temp_path \(options.folder)/nginx-body;
              server { listen 127.0.0.1:\(port) backlog=1024; location / { return 200 ""; } }
            }
            """)
        try await compare(
            http, Contender(name: name, path: path, arguments: ["-c", settings, "-p", options.folder]), port,
            requests, ours, &report)
    }

    private func node(
        _ http: HTTPBench, _ requests: [[UInt8]], _ ours: HTTPBench.Result, _ report: inout BenchReport
    ) async throws {
        let name = "node, HMAC, one process"
        guard let path = Self.find("node") ?? Self.find("nodejs") else {
            return skip(name, "node", &report)
        }
        let port = try PostgresCluster.freePort()
        let script = try file("peer.js", PeerPrograms.node)
        try await compare(
            http,
            Contender(
                name: name, path: path, arguments: [script],
                environment: ["PORT": String(port), "SECRET": PeerPrograms.secret]), port, requests, ours,
            &report)
    }

    private func starlette(
        _ http: HTTPBench, _ requests: [[UInt8]], _ ours: HTTPBench.Result, _ report: inout BenchReport
    ) async throws {
        let name = "Starlette, uvloop, asyncpg: 200 after commit, one worker"
        guard let cluster, let secrets else { return skip(name, "PostgreSQL", &report) }
        let place = options.folder.split(separator: "/").dropLast().joined(separator: "/")
        let venv = "/" + place + "/peers-venv", python = venv + "/bin/python"
        if access(python, X_OK) != 0 || access(venv + "/complete", F_OK) != 0 {
            guard let system = Self.find("python3") else { return skip(name, "python3", &report) }
            Commands.note("installing Starlette for the comparison")
            let isMade = try await BlockingThread.run {
                _ = Run.output(system, ["-m", "venv", venv])
                return access(python, X_OK) == 0
                    && !Run.output(
                        python,
                        ["-m", "pip", "install", "starlette", "uvicorn", "uvloop", "httptools", "asyncpg"]
                    ).isEmpty
            }
            guard isMade else { return skip(name, "Starlette (python3-venv and pip are needed)", &report) }
            try "".write(toFile: venv + "/complete", atomically: false, encoding: .utf8)
        }
        try await cluster.execute(
            PeerPrograms.schema, database: "postgres", secrets: secrets, loop: tools.loop)
        let port = try PostgresCluster.freePort()
        let program = try file("peer.py", PeerPrograms.starlette)
        let url = "postgresql://\(cluster.superuser):\(try secrets.text("postgres-superuser"))"
        // Fresh webhooks for each measurement of it: what is seen before costs less than what is kept.
        let many = http.requests(bench.isQuick ? 12_000 : 60_000)
        try await compare(
            http,
            Contender(
                name: name, path: python, arguments: [program],
                environment: [
                    "PORT": String(port), "SECRET": PeerPrograms.secret,
                    "DATABASE": url + "@127.0.0.1:\(cluster.port)/postgres",
                ], isDurable: true), port, many, nil, &report)
    }
}
