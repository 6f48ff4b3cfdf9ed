using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Maintenance;
using Arctic.KeyedTables.Maintenance;

namespace Arctic.Procedures;

/// <summary>What is not needed any more goes: snapshots with their files, and files that nothing leads to.</summary>
internal static class CleaningProcedures
{
    public static async ValueTask<IReadOnlyList<string>> ExpireSnapshotsAsync(ProcedureCall call, CancellationToken cancellationToken)
    {
        var options = new SnapshotExpiryOptions
        {
            OlderThan = call.FindTime("older_than"),
            RetainLast = call.FindNumber("retain_last") is { } count ? (int)Math.Clamp(count, int.MinValue, int.MaxValue) : null,
            SnapshotIds = call.FindText("snapshot_ids") is { } ids ? ReadIds(ids) : [],
        };
        if (call.Table.Key is not null)
        {
            return options.SnapshotIds.Count == 0
                ? (await new KeyedTableExpiry(call.Catalog.Tables, call.Table, options).RunAsync(cancellationToken).ConfigureAwait(false)).ToLines()
                : throw new ArcticException(ErrorCodes.InvalidStatement, $"{call.Name} takes no 'snapshot_ids' of '{call.Table.Name}': it has a primary key, and its two stores have snapshots of their own.");
        }

        var result = await call.RequirePlain().ExpireSnapshotsAsync(options, cancellationToken).ConfigureAwait(false);
        return [result.ToString()];
    }

    public static async ValueTask<IReadOnlyList<string>> RemoveOrphansAsync(ProcedureCall call, CancellationToken cancellationToken)
    {
        var options = new OrphanRemovalOptions { OlderThan = call.FindTime("older_than") };
        var lines = new List<string>();
        foreach (var store in call.Stores)
        {
            if (!call.IsSet("dry_run"))
            {
                lines.Add($"{store.Identifier}: {await store.RemoveOrphansAsync(options, cancellationToken).ConfigureAwait(false)}");
                continue;
            }

            await foreach (var orphan in store.FindOrphansAsync(options, cancellationToken).ConfigureAwait(false))
            {
                lines.Add(orphan.Location);
            }
        }

        return lines;
    }

    private static long[] ReadIds(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(id => long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot expire the snapshot '{id}': the ids of snapshots are whole numbers, with commas between them."))
        .ToArray();
}
