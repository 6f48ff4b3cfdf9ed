using Arctic.Iceberg.Spec;

namespace Arctic.InteropTests.Family;

/// <summary>The columns that generated tables begin with: some that each step of evolution finds, and random ones.</summary>
internal static class FamilyColumns
{
    public const int RowId = 1;
    public const int SourceId = 2;
    public const int EqualityId = 3;
    public const int WideningInt = 4;
    public const int WideningFloat = 5;
    public const int WideningDecimal = 6;
    public const int Required = 7;
    public const int Struct = 8;

    public static Schema Of(FamilyPlan plan, Random random)
    {
        var fields = new List<NestedField>
        {
            new(RowId, "id", IcebergTypes.Long, true),
            new(SourceId, "src", plan.Partitioning.Type ?? IcebergTypes.String, false),
            new(EqualityId, "eq", random.Next(2) == 0 ? IcebergTypes.String : IcebergTypes.Int, plan.Delete == DeleteKind.EqualityByValue),
            new(WideningInt, "w_int", IcebergTypes.Int, false),
            new(WideningFloat, "w_float", IcebergTypes.Float, false),
            new(WideningDecimal, "w_dec", new IcebergType.Decimal(9, 2), false),
            new(Required, "req", IcebergTypes.Int, true),
            new(Struct, "st", new IcebergType.Struct([new NestedField(9, "a", IcebergTypes.Int, false), new NestedField(10, "b", IcebergTypes.String, false)]), false),
        };
        var next = 11;
        for (var extras = random.Next(1, 5); extras > 0; extras--)
        {
            var id = next++;
            fields.Add(new NestedField(id, $"c{id}", random.Next(6) switch
            {
                0 => new IcebergType.List(next++, IcebergTypes.Int, false),
                1 => new IcebergType.Map(next++, IcebergTypes.String, next++, IcebergTypes.Long, false),
                _ => FamilyPlan.Types[random.Next(FamilyPlan.Types.Count)],
            }, false));
        }

        return new Schema(0, fields);
    }
}
