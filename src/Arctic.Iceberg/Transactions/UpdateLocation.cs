using Arctic.Iceberg.Catalog;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Changes where new files of a table go. Files that are there stay, and are found by the locations that the metadata records. A file-system catalog, which
/// knows tables by their folders, refuses it.
/// </summary>
public sealed class UpdateLocation : TransactionStep
{
    private readonly string _location;

    internal UpdateLocation(string location)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(location);
        _location = location.TrimEnd('/');
    }

    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Metadata.Location != _location)
        {
            attempt.Add(new TableUpdate.SetLocation(_location));
        }

        return ValueTask.CompletedTask;
    }
}
