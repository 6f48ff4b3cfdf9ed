using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Raises the format version of a table; it never goes back. No file is rewritten. Does nothing when another writer was faster.</summary>
public sealed class UpgradeFormatVersion : TransactionStep
{
    private readonly CommitEnvironment _environment;
    private readonly int _version;

    internal UpgradeFormatVersion(CommitEnvironment environment, int version)
    {
        if (version is < 1 or > TableMetadata.MaxFormatVersion)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot upgrade a table to format version {version}: versions 1 to {TableMetadata.MaxFormatVersion} are supported.");
        }

        (_environment, _version) = (environment, version);
    }

    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Metadata.FormatVersion > _version)
        {
            throw new ArcticException(
                ErrorCodes.InvalidStatement, $"Cannot take '{attempt.Table.Identifier}' back from format version {attempt.Metadata.FormatVersion} to {_version}: versions only go up.");
        }

        if (attempt.Metadata.FormatVersion < _version)
        {
            if (attempt.Metadata.TableUuid is null)
            {
                attempt.Add(new TableUpdate.AssignUuid(_environment.NewUuid()));
            }

            attempt.Add(new TableUpdate.UpgradeFormatVersion(_version));
        }

        return ValueTask.CompletedTask;
    }
}
