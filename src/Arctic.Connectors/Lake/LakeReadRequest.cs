using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Options;
using Arctic.KeyedTables;

namespace Arctic.Connectors.Lake;

/// <summary>What a statement reads of a lake table.</summary>
internal sealed record LakeReadRequest
{
    /// <summary>The table's catalog.</summary>
    public required MixedTableCatalog Catalog { get; init; }

    /// <summary>The table as loaded for the statement; its newest state is pinned when reading begins.</summary>
    public required MixedTable Table { get; init; }

    /// <summary>The 0-based columns of the result, in order.</summary>
    public required IReadOnlyList<int> Columns { get; init; }

    /// <summary>Rules files out by partition and bounds; rows for which it is not TRUE may still come. Column references are indices into the table. Null for none.</summary>
    public Expression? Filter { get; init; }

    /// <summary>Whether the read goes on with the changes after the snapshot.</summary>
    public required bool IsStreaming { get; init; }

    /// <summary>Hints over the table's properties.</summary>
    public LakeReadOptions Options { get; init; } = new();

    /// <summary>Makes a request of hints, whose <c>streaming</c> wins over the statement's mode.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>, <see cref="ErrorCodes.Unsupported"/>: hints that cannot be read or do not fit the table.</exception>
    public static LakeReadRequest Of(
        MixedTableCatalog catalog, MixedTable table, IReadOnlyList<int> columns, Expression? filter, bool isStreamingByDefault, IReadOnlyDictionary<string, string> hints)
    {
        var options = OptionReader.Read<LakeReadOptions>(table.PropertiesWith(hints), $"table '{table.Name}'");
        var request = new LakeReadRequest
        {
            Catalog = catalog,
            Table = table,
            Columns = columns,
            Filter = filter,
            IsStreaming = options.IsStreaming ?? isStreamingByDefault,
            Options = options,
        };
        request.Check();
        return request;
    }

    private void Check()
    {
        if (Options.ReadMode == LakeReadMode.Log)
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"Cannot read the log store of table '{Table.Name}': log stores are not supported yet. Leave 'arctic.read.mode' out.");
        }

        if (Options.DeleteMemoryLimit.Bytes <= 0)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read table '{Table.Name}': '{LakeReadOptions.DeleteMemoryLimitKey}' must be more than 0 bytes.");
        }

        var pinned = new object?[] { Options.SnapshotId, Options.AsOfTimestamp, Options.StartSnapshotId, Options.EndSnapshotId, Options.Tag, Options.Branch };
        if (pinned.Take(2).Concat(pinned.Skip(4)).Count(p => p is not null) > 1)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read table '{Table.Name}': of 'snapshot-id', 'as-of-timestamp', 'tag' and 'branch' only one can be meant.");
        }

        if (IsStreaming && (Options.Tag ?? Options.Branch) is not null)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read table '{Table.Name}' as a stream: 'tag' and 'branch' are for batch, and what a stream follows is 'main'.");
        }

        if (Table.Key is not null && pinned.Any(p => p is not null))
        {
            throw new ArcticException(
                ErrorCodes.InvalidOption,
                $"Cannot read an earlier state of table '{Table.Name}': 'snapshot-id', 'as-of-timestamp', 'start-snapshot-id', 'end-snapshot-id', 'tag' and 'branch' are for tables without a primary key.");
        }
    }
}
