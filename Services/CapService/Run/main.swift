// The program `cap-svc`. Nothing but the start of the service.
import CapService
import Lifecycle

await Program.run(name: "cap-svc", schema: CapServiceSchema.schema) { setup in
    try await CapService.start(setup)
}
