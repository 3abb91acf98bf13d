// swift-tools-version: 6.2
// The whole system as one package without dependencies. Targets are grouped by layer, lowest first, and an arrow
// only ever points down: C -> pure -> edges -> assemblies -> services -> programs. `./till check` builds with
// --explicit-target-dependency-import-check error, so an import that is not an arrow here does not compile.
import Foundation
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Modules that touch C, raw memory or threads: the only ones where `unsafe` may be written.
let edgeSettings = settings + [.strictMemorySafety()]

func pure(_ name: String, _ needs: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies(needs), path: "Shared/\(name)", swiftSettings: settings)
}

func edge(_ name: String, _ needs: [String]) -> Target {
    .target(
        name: name, dependencies: dependencies(needs), path: "Shared/\(name)", swiftSettings: edgeSettings)
}

func assembly(_ name: String, _ needs: [String]) -> Target { pure(name, needs) }

/// A service's library and its program: `Services/<name>` and `Services/<name>/Run`.
/// SQL in `Services/<name>/Migrations` is compiled in, so that a program carries the schema it was written against.
func service(_ name: String, program: String, _ needs: [String], resources: [Resource] = []) -> [Target] {
    let hasMigrations = FileManager.default.fileExists(
        atPath: Context.packageDirectory + "/Services/\(name)/Migrations")
    let resources = resources + (hasMigrations ? [.embedInCode("Migrations")] : [])
    let beside = ["Run", "README.md", "openapi.json"].filter {
        FileManager.default.fileExists(atPath: Context.packageDirectory + "/Services/\(name)/\($0)")
    }
    return [
        .target(
            name: name, dependencies: dependencies(needs), path: "Services/\(name)", exclude: beside,
            resources: resources, swiftSettings: settings),
        .executableTarget(
            name: program, dependencies: [.target(name: name), "Lifecycle"], path: "Services/\(name)/Run",
            swiftSettings: settings),
    ]
}

func tests(_ name: String, in kind: String, _ needs: [String]) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies(needs), path: "Tests/\(kind)/\(name)",
        swiftSettings: settings)
}

func dependencies(_ names: [String]) -> [Target.Dependency] { names.map { .target(name: $0) } }

let c: [Target] = [
    .systemLibrary(name: "CLinux", path: "Shared/CLinux"),
    .systemLibrary(name: "COpenSSL", path: "Shared/COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPostgres", path: "Shared/CPostgres", providers: [.apt(["libpq-dev"])]),
]

let pureTargets: [Target] = [
    pure("Problem"),
    pure("World"),
    pure("Money"),
    pure("Copy", ["Money", "World"]),
    pure("JSONWire"),
    pure("HTTPWire", ["Problem"]),
    pure("Observe", ["World"]),
    pure("Contracts", ["Problem", "World", "Money"]),
    pure("WhatsApp", ["JSONWire", "Money", "World"]),
    pure("Mia", ["JSONWire", "Money"]),
]

let edges: [Target] = [
    edge("Sealing", ["COpenSSL"]),
    edge("TLSWire", ["COpenSSL"]),
    edge("EventLoop", ["CLinux", "World"]),
    edge("Transport", ["EventLoop", "TLSWire"]),
    edge("Postgres", ["CPostgres", "EventLoop", "Observe", "World"]),
]

let assemblies: [Target] = [
    assembly(
        "HTTPServer",
        [
            "Contracts", "EventLoop", "HTTPWire", "JSONWire", "Observe", "Problem", "Sealing", "TLSWire",
            "Transport", "World",
        ]),
    assembly(
        "HTTPClient",
        [
            "Contracts", "EventLoop", "HTTPWire", "JSONWire", "Observe", "Problem", "Sealing", "TLSWire",
            "Transport", "World",
        ]),
    assembly("JobQueue", ["EventLoop", "Observe", "Postgres", "World"]),
    assembly(
        "Lifecycle",
        [
            "CLinux", "EventLoop", "HTTPClient", "HTTPServer", "HTTPWire", "JSONWire", "Observe", "Postgres",
            "Problem", "Sealing", "TLSWire", "World",
        ]),
]

let kernel = [
    "Contracts", "Copy", "EventLoop", "HTTPClient", "HTTPServer", "HTTPWire", "JobQueue", "JSONWire",
    "Lifecycle", "Money",
    "Observe", "Postgres", "Problem", "Sealing", "World",
]

let services: [Target] = [
    service("WebhookIngress", program: "webhook-ingress", kernel + ["WhatsApp", "TLSWire"]),
    service("CommandRouter", program: "command-router", kernel + ["WhatsApp"], resources: []),
    service("CapService", program: "cap-svc", kernel + ["Mia"]),
    service("EcommGateway", program: "ecomm-gateway", kernel + ["Mia"]),
    service("CallbackReceiver", program: "callback-receiver", kernel + ["Mia"]),
    service("Notifier", program: "notifier", kernel + ["WhatsApp"]),
    service("Sandbox", program: "sandbox", kernel + ["Mia", "WhatsApp"], resources: [.embedInCode("Page")]),
    service(
        "TillCtl", program: "tillctl", kernel + ["CLinux", "TLSWire", "WhatsApp"],
        resources: [.embedInCode("SQL")]),
].flatMap { $0 }

/// What each test target may import. Unit: no port, no clock, no sleep. Wire: real sockets and PostgreSQL, one module.
/// Conformance: vectors by others. Scenarios: the whole stack as processes.
let testTargets: [Target] = [
    .target(
        name: "TestSupport", dependencies: dependencies(["CLinux", "EventLoop", "Postgres", "World"]),
        path: "Tests/Support",
        swiftSettings: settings),
    tests("World", in: "Unit", ["World"]),
    tests("Money", in: "Unit", ["Money"]),
    tests("Copy", in: "Unit", ["Copy", "Money", "World"]),
    tests("JSONWire", in: "Unit", ["JSONWire"]),
    tests("JobQueue", in: "Unit", ["JobQueue", "World"]),
    tests("Postgres", in: "Unit", ["Postgres", "World"]),
    tests("HTTPWire", in: "Unit", ["HTTPWire"]),
    tests("Observe", in: "Unit", ["Observe", "World"]),
    tests("Lifecycle", in: "Unit", ["EventLoop", "HTTPServer", "Lifecycle", "HTTPWire", "Sealing"]),
    tests("Contracts", in: "Unit", ["Contracts", "Money", "Problem"]),
    tests("WhatsApp", in: "Unit", ["WhatsApp", "JSONWire", "Money", "World"]),
    tests("Mia", in: "Unit", ["Mia", "JSONWire", "Money", "Sealing"]),
    tests("Sealing", in: "Unit", ["Sealing", "TestSupport"]),
    tests("TLSWire", in: "Unit", ["TLSWire", "TestSupport"]),
    tests("CommandRouter", in: "Unit", kernel + ["CommandRouter", "TestSupport", "WhatsApp"]),
    tests("CapService", in: "Unit", kernel + ["CapService", "TestSupport"]),
    tests("EcommGateway", in: "Unit", kernel + ["EcommGateway", "Mia"]),
    tests("CallbackReceiver", in: "Unit", kernel + ["CallbackReceiver", "Mia", "TestSupport"]),
    tests("Notifier", in: "Unit", kernel + ["Notifier", "WhatsApp"]),
    tests("WebhookIngress", in: "Unit", kernel + ["WebhookIngress", "WhatsApp", "TestSupport"]),
    tests("Sandbox", in: "Unit", kernel + ["Sandbox", "Mia", "WhatsApp", "TestSupport"]),
    tests("TillCtl", in: "Unit", ["Contracts", "Lifecycle", "Notifier", "TillCtl", "WhatsApp", "World"]),
    tests("EventLoopWire", in: "Wire", ["EventLoop", "World", "TestSupport"]),
    tests(
        "PostgresWire", in: "Wire", ["EventLoop", "JobQueue", "Observe", "Postgres", "TestSupport", "World"]),
    tests(
        "HTTPWireSockets", in: "Wire",
        [
            "Contracts", "EventLoop", "HTTPClient", "HTTPServer", "HTTPWire", "Lifecycle", "Observe",
            "Problem", "Sealing", "TLSWire", "TestSupport", "Transport", "World",
        ]),
    tests("KernelWire", in: "Wire", kernel + ["TestSupport"]),
    tests("IngressWire", in: "Wire", kernel + ["WebhookIngress", "WhatsApp", "TestSupport"]),
    tests("BrokerWire", in: "Wire", kernel + ["CapService", "CallbackReceiver", "Mia", "TestSupport"]),
    tests("RouterWire", in: "Wire", kernel + ["CommandRouter", "WebhookIngress", "WhatsApp", "TestSupport"]),
    tests("GatewayWire", in: "Wire", kernel + ["EcommGateway", "Mia", "TestSupport"]),
    tests("SandboxWire", in: "Wire", kernel + ["Sandbox", "Mia", "WhatsApp", "TestSupport"]),
    tests(
        "NotifierWire", in: "Wire",
        kernel + ["Notifier", "TillCtl", "WebhookIngress", "WhatsApp", "notifier", "TestSupport"]),
    tests(
        "Plans", in: "Wire",
        [
            "CallbackReceiver", "CapService", "CommandRouter", "Contracts", "EcommGateway", "Lifecycle",
            "Notifier", "Postgres", "TestSupport", "WebhookIngress",
        ]),
    tests("Scenarios", in: "Scenarios", kernel + ["TillCtl", "TestSupport"]),
    // Our edges beside programs by others: nginx, node, openssl, curl. Each test says so where one is missing.
    tests(
        "Edges", in: "Conformance",
        kernel + ["TLSWire", "TestSupport", "TillCtl", "Transport", "WebhookIngress", "webhook-ingress"]),
    tests("Promises", in: "Conformance", ["TestSupport", "TillCtl"]),
    tests(
        "Deploy", in: "Conformance",
        kernel + [
            "WebhookIngress", "CommandRouter", "CapService", "EcommGateway", "CallbackReceiver", "Notifier",
            "Sandbox",
            "TillCtl", "TestSupport", "webhook-ingress", "command-router", "cap-svc", "ecomm-gateway",
            "callback-receiver", "notifier", "sandbox", "tillctl",
        ]),
].filter {
    // The image is built from Services and Shared alone.
    FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + ($0.path ?? ""))
}

/// The fuzzers of `./till fuzz`, one program each. Asked for by TILL_FUZZ=1 alone, and then nothing else is built:
/// their main function is libFuzzer's.
func fuzzer(_ name: String, _ needs: [String]) -> Target {
    .executableTarget(
        name: "fuzz-" + name.lowercased(), dependencies: dependencies(needs + ["FuzzSupport"]),
        path: "Tests/Fuzz/\(name)", swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
}

let fuzzers: [Target] = [
    .target(name: "FuzzSupport", path: "Tests/Fuzz/Support", swiftSettings: settings),
    fuzzer("Requests", ["HTTPWire"]),
    fuzzer("Answers", ["HTTPWire"]),
    fuzzer("JSON", ["JSONWire"]),
    fuzzer("Commands", ["CommandRouter", "Copy", "Money", "World"]),
    fuzzer("Webhooks", ["JSONWire", "WhatsApp"]),
    fuzzer("Amounts", ["CommandRouter", "JSONWire", "Mia", "Money"]),
    fuzzer("Callbacks", ["JSONWire", "Mia"]),
]

/// TILL_ONLY=CopyTests,notifier builds just these targets and what they need, for work on one module.
func only(_ targets: [Target]) -> [Target] {
    guard let names = Context.environment["TILL_ONLY"] else { return targets }
    var wanted = Set(names.split(separator: ",").map(String.init))
    for target in targets.reversed() where wanted.contains(target.name) {
        for case .targetItem(let name, _) in target.dependencies { wanted.insert(name) }
    }
    return targets.filter { wanted.contains($0.name) }
}

let package = Package(
    name: "till",
    targets: Context.environment["TILL_FUZZ"] == "1"
        ? c + pureTargets + edges + assemblies + services.filter { $0.type != .executable } + fuzzers
        : only(c + pureTargets + edges + assemblies + services + testTargets))
