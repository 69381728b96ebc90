from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='product',
            name='line',
            field=models.CharField(choices=[('term_life', 'Term life'), ('whole_life', 'Whole life'), ('increasing_whole_life', 'Increasing whole life'), ('endowment', 'Endowment'), ('annuity', 'Annuity'), ('pension', 'Pension annuity'), ('critical_illness', 'Critical illness'), ('medical', 'Medical'), ('high_limit_medical', 'High-limit medical'), ('accident', 'Accident'), ('child', 'Child cover'), ('universal_account', 'Universal account'), ('hospital_cash', 'Hospital cash'), ('premium_waiver', 'Premium waiver')], max_length=24, verbose_name='line'),
        ),
    ]
