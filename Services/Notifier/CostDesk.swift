// What a month has cost in messages: the route that tells it and the gauges that show it.
import Contracts
import HTTPServer
import HTTPWire
import Observe
import Postgres
import Problem
import World

struct CostDesk: Sendable {
    let database: PostgresPool
    let world: World
    let metrics: NotifierMetrics

    var table: Routes {
        var routes = Routes()
        routes.on("GET", "/v1/costs", callers: MessageRoutes.readers) { try await costs($0) }
        return routes
    }

    private func costs(_ request: HTTPRequest) async throws -> HTTPResponse {
        let month = request.query("month") ?? MessagePrice.month(world.now())
        guard MessagePrice.isMonth(month) else {
            throw Problem(.invalid, code: "MONTH_INVALID", toUser: "month is written as 2026-11.")
        }
        return .encoding(200, try await report(month))
    }

    func report(_ month: String) async throws -> CostReport {
        var lines: [String: [CostLine]] = [:]
        for row in try await database.query(CostQueries.month, [.text(month)]) {
            lines[try row.text("phone_number_id"), default: []].append(
                CostLine(
                    category: try row.text("category"), type: try row.text("type"),
                    messages: try row.int8("messages")))
        }
        let numbers = lines.sorted { $0.key < $1.key }.map { number, lines in
            NumberCost(
                phoneNumberId: number, billed: MessagePrice.billed(lines),
                freeServiceLeft: MessagePrice.freeServiceLeft(lines), lines: lines)
        }
        return CostReport(month: month, numbers: numbers)
    }

    /// Sets the gauges of the month that is running. Called by the keeper.
    func show() async throws {
        for number in try await report(MessagePrice.month(world.now())).numbers {
            metrics.billed.set(Double(number.billed), [number.phoneNumberId])
            for line in number.lines {
                metrics.month.set(Double(line.messages), [number.phoneNumberId, line.category, line.type])
            }
        }
    }
}
