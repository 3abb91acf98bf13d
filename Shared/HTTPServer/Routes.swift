// Which handler answers which method and path, how large its body may be, and who may call it. Looking up is
// a dictionary for fixed paths and a short walk for paths with parts in braces. No I/O.
package import HTTPWire

package typealias HTTPHandler = @Sendable (HTTPRequest) async throws -> HTTPResponse

/// One row of the table.
struct Route: Sendable {
    let method: String
    let pattern: String
    let segments: [Substring]
    let bodyBytesMax: Int
    /// Nil: anyone. Otherwise the names of the services that may call it.
    let callers: [String]?
    let handler: HTTPHandler
}

/// A table of routes. Built once at start, then only read.
package struct Routes: Sendable {
    private var fixed: [String: [Route]] = [:]
    private var shaped: [Route] = []

    /// The longest body of a route that does not say otherwise: our own contracts stay far below it.
    package static let bodyBytesMax = 64 * 1024

    package init() {}

    /// Adds a route. `pattern` may hold parts in braces, such as `/v1/payments/{id}`, which match one
    /// non-empty segment and arrive in `request.parameters`. With `callers`, only those services' tokens are
    /// let in.
    package mutating func on(
        _ method: String, _ pattern: String, bodyBytesMax: Int = Routes.bodyBytesMax,
        callers: [String]? = nil,
        _ handler: @escaping HTTPHandler
    ) {
        let segments = pattern.split(separator: "/")
        let route = Route(
            method: method, pattern: pattern, segments: segments, bodyBytesMax: bodyBytesMax,
            callers: callers,
            handler: handler)
        if pattern.contains("{") { shaped.append(route) } else { fixed[pattern, default: []].append(route) }
    }

    /// Adds another table's routes.
    package mutating func merge(_ other: Routes) {
        for (pattern, routes) in other.fixed { fixed[pattern, default: []] += routes }
        shaped += other.shaped
    }

    enum Match {
        case found(Route, [String: String])
        case wrongMethod(allowed: [String])
        case none
    }

    /// Method and pattern of every route, sorted: what OpenAPI documents are compared with.
    package var listing: [String] {
        (fixed.values.flatMap { $0 } + shaped).map { $0.method + " " + $0.pattern }.sorted()
    }

    func match(_ method: String, _ path: String) -> Match {
        var allowed: [String] = []
        if let routes = fixed[path] {
            if let route = routes.first(where: { $0.method == method }) { return .found(route, [:]) }
            // A GET route answers HEAD; the serializer leaves the body out (RFC 9110 section 9.3.2).
            if method == "HEAD", let route = routes.first(where: { $0.method == "GET" }) {
                return .found(route, [:])
            }
            allowed = routes.map(\.method)
        }
        if !shaped.isEmpty {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            for route in shaped {
                guard let parameters = Self.parameters(route.segments, parts) else { continue }
                if route.method == method || (method == "HEAD" && route.method == "GET") {
                    return .found(route, parameters)
                }
                allowed.append(route.method)
            }
        }
        return allowed.isEmpty ? .none : .wrongMethod(allowed: Set(allowed).sorted())
    }

    private static func parameters(_ segments: [Substring], _ parts: ArraySlice<Substring>) -> [String:
        String]?
    {
        guard segments.count == parts.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, part) in zip(segments, parts) {
            if segment.hasPrefix("{") {
                guard !part.isEmpty else { return nil }
                parameters[String(segment.dropFirst().dropLast())] = String(part)
            } else if segment != part {
                return nil
            }
        }
        return parameters
    }
}
