using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Whether a table's files are its own to delete (<c>gc.enabled</c>).</summary>
internal static class GarbageCollection
{
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: other tables may use the files.</exception>
    public static void Check(string table, TableMetadata metadata)
    {
        if (!TableProperties.ReadFlag(metadata.Properties, TableProperties.GarbageCollection, true))
        {
            throw new ArcticException(
                ErrorCodes.InvalidStatement, $"Cannot expire snapshots or remove files of '{table}': its property '{TableProperties.GarbageCollection}' is false, so other tables may use its files.");
        }
    }
}
