using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Transactions;

/// <summary>What the history of a table says of a commit.</summary>
internal enum CommitTrace
{
    /// <summary>It took place.</summary>
    Present,

    /// <summary>It did not take place.</summary>
    Absent,

    /// <summary>What could tell has expired.</summary>
    Unknown,
}

/// <summary>
/// Looks for the snapshots of a commit whose answer cannot be believed, also when others have expired them since: a history has each sequence number once, and the older versions of the metadata, as
/// far as the log names them, have what the newest one has forgotten.
/// </summary>
internal sealed class CommitSearch
{
    private readonly IcebergTable _base;
    private readonly HashSet<long> _ids;
    private readonly HashSet<long> _sequences;
    private readonly long _firstSequence;

    /// <summary>Looks for snapshots, of which there is at least one.</summary>
    /// <param name="baseTable">The table that they were made on.</param>
    public CommitSearch(IcebergTable baseTable, IReadOnlyCollection<Snapshot> snapshots)
    {
        _base = baseTable;
        _ids = snapshots.Select(s => s.SnapshotId).ToHashSet();
        _firstSequence = snapshots.Min(s => s.SequenceNumber);
        _sequences = snapshots.Select(s => s.SequenceNumber).Where(n => n > 0).ToHashSet(); // format version 1 has none
    }

    /// <summary>Looks in a state of the table that is not older than the commit's base.</summary>
    /// <exception cref="ArcticException">The store fails for a moment; looking again may help.</exception>
    public async ValueTask<CommitTrace> FindAsync(IcebergTable table, CancellationToken cancellationToken)
    {
        if (TraceIn(table.Metadata) is var trace && trace != CommitTrace.Unknown)
        {
            return trace;
        }

        // Whatever came between the base and a version that is without the commit's sequence number is known without a gap.
        var log = table.Metadata.MetadataLog.Select(e => e.MetadataFile).ToList();
        var start = log.FindIndex(l => NameOf(l) == NameOf(_base.MetadataLocation));
        var isGapless = start >= 0 || table.MetadataLocation == _base.MetadataLocation;
        foreach (var location in log.Skip(start + 1))
        {
            var version = await FindVersionAsync(table, location, cancellationToken).ConfigureAwait(false);
            if (version is null)
            {
                isGapless = false;
            }
            else if (IsBefore(version))
            {
                isGapless = true;
            }
            else if (TraceIn(version) is var found && found != CommitTrace.Unknown)
            {
                return found;
            }
        }

        return isGapless ? CommitTrace.Absent : CommitTrace.Unknown;
    }

    // Of the snapshots of a commit one is enough: there are all of them or none, and any may have been expired since.
    private CommitTrace TraceIn(TableMetadata metadata) =>
        metadata.Snapshots.Any(s => _ids.Contains(s.SnapshotId)) ? CommitTrace.Present
        : IsBefore(metadata) || metadata.Snapshots.Any(s => _sequences.Contains(s.SequenceNumber)) ? CommitTrace.Absent
        : CommitTrace.Unknown;

    private bool IsBefore(TableMetadata metadata) => metadata.LastSequenceNumber < _firstSequence;

    private static async ValueTask<TableMetadata?> FindVersionAsync(IcebergTable table, string location, CancellationToken cancellationToken)
    {
        try
        {
            var content = await table.Store.ReadAllAsync(location, TableMetadataReader.BytesMax, cancellationToken).ConfigureAwait(false);
            var metadata = TableMetadataReader.Read(content, location);
            return metadata.TableUuid == table.Metadata.TableUuid ? metadata : null;
        }
        catch (ArcticException e) when (!e.Code.IsTransient)
        {
            // Deleted, or not for us to read: another version may tell.
            return null;
        }
    }

    private static string NameOf(string location) => location[(location.LastIndexOf('/') + 1)..];
}
