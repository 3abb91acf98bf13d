// The program `command-router`. Nothing but the start of the service.
import CommandRouter
import Lifecycle

await Program.run(name: "command-router", schema: CommandRouterSchema.schema) { setup in
    try await CommandRouterService.start(setup)
}
