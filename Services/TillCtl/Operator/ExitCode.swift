// How an operator's command ends: what is said of an error, and with which code.
import Problem

extension Commands {
    /// 0: done; 1: refused, or no answer; 64: the line cannot be read, which `usage` explains.
    static func exitCode(
        usage: String, _ complain: (String) -> Void, _ work: () async throws -> Bool
    ) async -> Int32 {
        do { return try await work() ? 0 : 1 } catch let misread as OperatorRequest.Misread {
            complain("tillctl: \(misread)\n" + usage)
            return 64
        } catch let problem as Problem {
            complain(
                "tillctl: \(problem.toUser) (\(problem.code)\(problem.toOperator.map { ", " + $0 } ?? ""))\n")
        } catch { complain("tillctl: \(error)\n") }
        return 1
    }
}
