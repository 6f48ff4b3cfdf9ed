using System.CommandLine;

namespace Arctic.Cli.Commands;

/// <summary><c>arctic table</c>: looks into tables and after them.</summary>
internal static class TableCommand
{
    public static Command Create() => new("table", "Look into tables and after them.")
    {
        TableLookCommands.CreateRead(),
        TableLookCommands.CreateSchema(),
        TableLookCommands.CreateListing("snapshots", "List the snapshots of a table: when each was made, and what it did."),
        TableLookCommands.CreateListing("files", "List the data and delete files that make up a snapshot, with their metrics."),
        TableLookCommands.CreateListing("manifests", "List the manifests of a snapshot."),
        TableLookCommands.CreateListing("partitions", "List the partitions of a snapshot with their rows and files."),
        TableLookCommands.CreateListing("history", "List which snapshot was current from when on."),
        TableLookCommands.CreateListing("refs", "List the branches and tags of a table."),
        TableCareCommands.CreateOptimize(),
        TableCareCommands.CreateExpire(),
        TableCareCommands.CreateOrphans(),
    };
}
