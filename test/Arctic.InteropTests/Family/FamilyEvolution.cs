using Arctic.Iceberg;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.InteropTests.Family;

/// <summary>The step of evolution of a plan. Rows stay what they are: the model reads them through the new schema.</summary>
internal sealed class FamilyEvolution(IcebergTable table, FamilyPlan plan, Random random)
{
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var transaction = table.NewTransaction();
        switch (plan.Evolution)
        {
            case EvolutionStep.None:
                return;
            case EvolutionStep.AddPartitionField:
                transaction.UpdatePartitionSpec().AddField("id", new Transform.Bucket(2));
                break;
            case EvolutionStep.RemovePartitionField when !table.Metadata.DefaultSpec.IsUnpartitioned:
                transaction.UpdatePartitionSpec().RemoveField("part");
                break;
            case EvolutionStep.RemovePartitionField:
                transaction.UpdatePartitionSpec().AddField("eq", new Transform.Identity());
                break;
            case EvolutionStep.ReplaceSortOrder:
                transaction.ReplaceSortOrder().Ascending("w_int").Descending("id");
                break;
            case EvolutionStep.UpgradeFormatVersion when plan.FormatVersion < 3:
                transaction.UpgradeFormatVersion(plan.FormatVersion + 1);
                break;
            case EvolutionStep.ChangeProperties or EvolutionStep.UpgradeFormatVersion:
                transaction.UpdateProperties().Set("write.metadata.metrics.default", "none").Set("write.metadata.metrics.column.id", "full").Set("write.parquet.compression-codec", "snappy");
                break;
            case EvolutionStep.ManageReferences:
                transaction.ManageSnapshots().CreateTag("before").CreateBranch("audit");
                break;
            default:
                Evolve(transaction.UpdateSchema());
                break;
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private void Evolve(UpdateSchema update)
    {
        switch (plan.Evolution)
        {
            case EvolutionStep.AddColumn:
                update.AddColumn("added", FamilyPlan.Types[random.Next(FamilyPlan.Types.Count)]).MoveAfter("added", "id");
                break;
            case EvolutionStep.AddColumnWithDefault:
                update.AddColumn(new NewColumn { Name = "added", Type = IcebergTypes.Int, Default = 42, IsRequired = random.Next(2) == 0 });
                break;
            case EvolutionStep.DropColumn:
                update.DropColumn("w_float").DropColumn("c11");
                break;
            case EvolutionStep.RenameColumn:
                update.RenameColumn("src", "source").RenameColumn("w_int", "eq2").RenameColumn("eq", "w_int");
                break;
            case EvolutionStep.WidenColumns:
                update.WidenColumn("w_int", IcebergTypes.Long).WidenColumn("w_float", IcebergTypes.Double).WidenColumn("w_dec", new IcebergType.Decimal(20, 2));
                break;
            case EvolutionStep.MoveColumns:
                update.MoveFirst("st").MoveBefore("eq", "id").MoveAfter("id", "req");
                break;
            case EvolutionStep.MakeOptional:
                update.MakeOptional("req").SetDoc("req", "was required");
                break;
            case EvolutionStep.AddNestedField:
                update.AddColumn(new NewColumn { Name = "c", Parent = "st", Type = IcebergTypes.Long }).MoveFirst("st.c");
                break;
            case EvolutionStep.DropAndRenameNestedFields:
                update.DropColumn("st.a").RenameColumn("st.b", "a");
                break;
            default:
                throw new System.Diagnostics.UnreachableException(plan.Evolution.ToString());
        }
    }
}
