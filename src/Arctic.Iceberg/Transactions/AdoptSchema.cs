using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Makes the schema of another table that of this one, field ids and all: two tables that hold parts of one are kept alike. Conflicts when another writer has changed the schema meanwhile.
/// </summary>
internal sealed class AdoptSchema(TableMetadata planned, Schema schema) : TransactionStep
{
    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Table.Metadata.CurrentSchemaId != planned.CurrentSchemaId)
        {
            throw new CommitConflictException($"Cannot change the schema of '{attempt.Table.Identifier}': another writer has changed it to schema {attempt.Table.Metadata.CurrentSchemaId} meanwhile.");
        }

        attempt.Require(new TableRequirement.AssertCurrentSchemaId(planned.CurrentSchemaId));
        var before = attempt.Metadata.CurrentSchema;
        if (!schema.SameAs(before))
        {
            attempt.Add(new TableUpdate.AddSchema(schema));
            attempt.Add(new TableUpdate.SetCurrentSchema(TableUpdate.LastAdded));
            SchemaProperties.Follow(attempt, before, schema);
        }

        return ValueTask.CompletedTask;
    }
}
